"""The projector as a process: it keeps read models and cache up to date, and shows its health over HTTP."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, Protocol

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from adapters.settings import Settings
from adapters.wiring import build_projector, hear_appends, open_adapters
from domain.ports.projections import ProjectionHealth

_LOG = logging.getLogger(__name__)
HOST: Final = "127.0.0.1"  # for probes on this machine only
_HEALTH_SECONDS: Final = 2.0
_GRACE_SECONDS: Final = 2


class Works(Protocol):
    """What this process runs and asks after."""

    async def run(self) -> None:
        """Work until cancelled."""
        ...

    async def health(self) -> tuple[ProjectionHealth, ...]:
        """How every projection is doing."""
        ...

    @property
    def cache_waiting(self) -> int:
        """How many orders the cache has not taken yet."""
        ...


Opening = Callable[[], AbstractAsyncContextManager[Works]]


def main() -> None:
    """Run until SIGTERM or SIGINT. Exit code 2 for wrong settings, 1 when the projector itself fails."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write(f"projector: {error}\n")
        raise SystemExit(2) from error
    if not settings.database_url:
        sys.stderr.write("projector: DATABASE_URL is not set\n")
        raise SystemExit(2)
    process = ProjectorProcess(lambda: _open(settings), settings.projector_health_port)
    process.server.run()
    if process.failed or not process.server.started:
        raise SystemExit(1)


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Works]:
    async with (
        open_adapters(settings, application="orderkeep-projector") as adapters,
        hear_appends(settings, application="orderkeep-projector-wakeups") as wakes,
    ):
        yield build_projector(adapters, wakes)


class ProjectorProcess:
    """A server for the health page whose lifespan is the projector's work."""

    def __init__(self, opening: Opening, port: int) -> None:
        self._opening = opening
        self.failed = False
        config = uvicorn.Config(
            self.app(),
            host=HOST,
            port=port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        self.server = uvicorn.Server(config)

    def app(self) -> FastAPI:
        """`GET /health`: 200 while the projector runs and reaches its database, else 503."""
        app = FastAPI(title="Orderkeep projector", version="1", openapi_url=None, lifespan=self._lifespan)
        app.add_api_route("/health", self._health, methods=["GET"])
        return app

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        async with self._opening() as self._projector:
            self._working = asyncio.create_task(self._projector.run(), name="projector")
            self._working.add_done_callback(self._ended)
            yield
            self._working.cancel()
            await asyncio.wait([self._working])

    def _ended(self, working: asyncio.Task[None]) -> None:
        if not working.cancelled():
            _LOG.error("the projector ended by itself", exc_info=working.exception())
            self.failed = True
            self.server.should_exit = True  # a health page without a projector would be a lie

    async def _health(self) -> JSONResponse:
        if self._working.done():
            return JSONResponse({"status": "stopped"}, status_code=503)
        try:
            async with asyncio.timeout(_HEALTH_SECONDS):
                projections = await self._projector.health()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the database, the page says so
            content = {"status": "unavailable", "error": type(error).__name__}
            return JSONResponse(content, status_code=503)
        return JSONResponse(_page(projections, self._projector.cache_waiting))


def _page(projections: tuple[ProjectionHealth, ...], cache_waiting: int) -> dict[str, Any]:
    stopped = any(projection.parked for projection in projections)
    return {
        "status": "degraded" if stopped else "ok",
        "cache_waiting": cache_waiting,
        "projections": [_shown(projection) for projection in projections],
    }


def _shown(projection: ProjectionHealth) -> dict[str, Any]:
    return {
        "name": projection.name,
        "position": projection.position,
        "lag_seconds": round(projection.lag.total_seconds(), 3),
        "owner": projection.owner,
        "parked": [
            {"order_id": stream.order_id, "version": stream.version, "error": stream.error}
            for stream in projection.parked
        ],
    }
