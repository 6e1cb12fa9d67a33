"""How a sandbox service answers over HTTP and runs as a process. No rules of any service."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from ops.sandbox.service import RefusedError, SandboxService

_LARGEST_BODY: Final = 64 * 1024  # bytes
_MOST_CONNECTIONS: Final = 512
_GRACE_SECONDS: Final = 2
# Longer than clients keep idle connections, so that none is closed while a request is on its way.
_KEEP_ALIVE_SECONDS: Final = 75


class Place(Protocol):
    """Where a service listens."""

    @property
    def host(self) -> str:
        """An address of this machine."""
        ...

    @property
    def port(self) -> int:
        """0 takes a free one."""
        ...


def application(
    title: str,
    make: Callable[[], SandboxService],
    routers: Sequence[APIRouter],
    largest_body: int = _LARGEST_BODY,
) -> FastAPI:
    """A service as an ASGI application; its storage opens and its courier starts with the lifespan.

    A body of more than `largest_body` bytes is refused.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = make()
        app.state.service = service
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    app = FastAPI(title=title, version="1", lifespan=lifespan, max_body_size=largest_body)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    for router in routers:
        app.include_router(router)
    return app


def run(name: str, app_at: Callable[[Mapping[str, str]], tuple[FastAPI, Place]]) -> None:
    """Serve until SIGTERM or SIGINT. A wrong setting ends with exit code 2 and the remedy on stderr."""
    try:
        app, place = app_at(os.environ)
    except ValueError as error:
        sys.stderr.write(f"{name}: {error}\n")
        raise SystemExit(2) from error
    _server(app, place).run()


def _server(app: FastAPI, place: Place) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=place.host,
            port=place.port,
            log_level="warning",
            access_log=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


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
