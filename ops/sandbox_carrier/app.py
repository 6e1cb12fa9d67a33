"""Puts the carrier together and runs it as a process of its own: `python -m ops.sandbox_carrier`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from fastapi import FastAPI

from ops.sandbox import serving, upkeep_routes
from ops.sandbox_carrier import merchant_routes, people_routes
from ops.sandbox_carrier.service import CarrierService
from ops.sandbox_carrier.settings import CarrierSettings

# Bytes: a parcel may hold hundreds of lines with long titles.
_LARGEST_BODY: Final = 2 * 1024 * 1024
_ROUTES: Final = (merchant_routes, people_routes, upkeep_routes)


def create_app(settings: CarrierSettings, now: Callable[[], datetime] | None = None) -> FastAPI:
    """The carrier as an ASGI application; its storage opens and its courier starts with the lifespan."""
    routers = [module.router for module in _ROUTES]
    title = "Orderkeep sandbox carrier"
    return serving.application(title, lambda: CarrierService(settings, now), routers, _LARGEST_BODY)


def main() -> None:
    """Run until SIGTERM or SIGINT. A wrong setting ends with exit code 2 and the remedy on stderr."""
    serving.run("sandbox carrier", _from_environment)


def _from_environment(environment: Mapping[str, str]) -> tuple[FastAPI, CarrierSettings]:
    settings = CarrierSettings.from_environment(environment)
    return create_app(settings), settings
