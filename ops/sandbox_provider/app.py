"""Puts the provider together and runs it as a process of its own: `python -m ops.sandbox_provider`."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from ops.sandbox_provider import buyer_routes, fault_routes, merchant_routes
from ops.sandbox_provider.body_limit import BodyLimit
from ops.sandbox_provider.payments import RefusedError
from ops.sandbox_provider.service import Provider
from ops.sandbox_provider.settings import ProviderSettings

_MOST_CONNECTIONS: Final = 512
_GRACE_SECONDS: Final = 2
# Longer than clients keep idle connections, so that none is closed while a request is on its way.
_KEEP_ALIVE_SECONDS: Final = 75


def create_app(settings: ProviderSettings, now: Callable[[], datetime] | None = None) -> FastAPI:
    """The provider as an ASGI application; its storage opens and its courier starts with the lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        provider = Provider(settings, now)
        app.state.provider = provider
        await provider.start()
        try:
            yield
        finally:
            await provider.stop()

    app = FastAPI(title="Orderkeep sandbox payments", version="1", lifespan=lifespan)
    app.add_middleware(BodyLimit)
    app.add_exception_handler(RefusedError, _refused)
    for module in (merchant_routes, buyer_routes, fault_routes):
        app.include_router(module.router)
    return app


def server(settings: ProviderSettings) -> uvicorn.Server:
    """The application in a server on the configured address, not started yet."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


def main() -> None:
    """Run until SIGTERM or SIGINT. A wrong setting ends with exit code 2 and the remedy on stderr."""
    try:
        settings = ProviderSettings.from_environment(os.environ)
    except ValueError as error:
        sys.stderr.write(f"sandbox provider: {error}\n")
        raise SystemExit(2) from error
    server(settings).run()


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RefusedError)
    return JSONResponse({"code": error.code, "detail": error.detail}, status_code=error.status)
