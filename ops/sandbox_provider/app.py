"""Puts the provider together and runs it as a process of its own: `python -m ops.sandbox_provider`."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from ops.sandbox_provider import buyer_routes, fault_routes, merchant_routes
from ops.sandbox_provider.payments import RefusedError
from ops.sandbox_provider.service import Provider
from ops.sandbox_provider.settings import ProviderSettings

_LARGEST_BODY: Final = 64 * 1024
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

    app = FastAPI(
        title="Orderkeep sandbox payments", version="1", lifespan=lifespan, max_body_size=_LARGEST_BODY
    )
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
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


async def _malformed(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Without the input: echoing NaN or a lone surrogate would fail to encode and end as 500.
    fields = [{"at": _pointer(one["loc"]), "problem": one["msg"]} for one in error.errors()]
    answer = {"code": "malformed", "detail": "the request is not as documented", "fields": fields}
    return JSONResponse(answer, status_code=422)


def _pointer(location: Sequence[str | int]) -> str:
    return "/" + "/".join(str(part) for part in location)
