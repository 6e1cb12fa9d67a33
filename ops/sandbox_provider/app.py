"""Puts the provider together and runs it as a process of its own: `python -m ops.sandbox_provider`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from fastapi import FastAPI

from ops.sandbox import serving, upkeep_routes
from ops.sandbox_provider import bank_routes, buyer_routes, fault_routes, merchant_routes
from ops.sandbox_provider.service import Provider
from ops.sandbox_provider.settings import ProviderSettings

_ROUTES: Final = (merchant_routes, buyer_routes, bank_routes, fault_routes, upkeep_routes)


def create_app(settings: ProviderSettings, now: Callable[[], datetime] | None = None) -> FastAPI:
    """The provider as an ASGI application; its storage opens and its courier starts with the lifespan."""
    routers = [module.router for module in _ROUTES]
    return serving.application("Orderkeep sandbox payments", lambda: Provider(settings, now), routers)


def main() -> None:
    """Run until SIGTERM or SIGINT. A wrong setting ends with exit code 2 and the remedy on stderr."""
    serving.run("sandbox provider", _from_environment)


def _from_environment(environment: Mapping[str, str]) -> tuple[FastAPI, ProviderSettings]:
    settings = ProviderSettings.from_environment(environment)
    return create_app(settings), settings
