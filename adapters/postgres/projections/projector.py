"""What a projector process runs: a runner for each projection, cache refresher and audit, together."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.projections.auditor import Auditor
from adapters.postgres.projections.cache_refresh import CacheRefresher
from adapters.postgres.projections.collecting import collecting_seldom
from adapters.postgres.projections.folding import KnownStates
from adapters.postgres.projections.health import PostgresProjections
from adapters.postgres.projections.orders import ORDERS_PROJECTION
from adapters.postgres.projections.registry import PROJECTIONS
from adapters.postgres.projections.runner import Pace, ProjectionRunner
from adapters.postgres.projections.shared_feed import SharedFeed

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from adapters.postgres.projections.projection import Projection
    from adapters.postgres.projections.runner import Wakes
    from domain.ports.notices import Notices
    from domain.ports.projections import OrderCache, ProjectionHealth

# Lists of orders come first: reports look less often, one at a time, and never keep them waiting for long.
_LISTS: Final = Pace(rest=1.5)
_REPORTS: Final = Pace(batch=500, shortest=timedelta(milliseconds=10))


class Projector:
    """Keeps all projections up to date and the cache fresh, until cancelled. `wakes` may shorten pauses."""

    def __init__(
        self, pool: Pool, cache: OrderCache, notices: Notices, *, wakes: Wakes | None = None
    ) -> None:
        self._pool = pool
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._refresher = CacheRefresher(cache)
        self._auditor = Auditor(pool, notices)
        self._feed = SharedFeed(pool)
        self._turn = asyncio.Lock()
        known: dict[str, KnownStates[Any]] = {}
        self._runners = [
            self._runner(projection, notices, known.setdefault(projection.streams.name, KnownStates()), wakes)
            for projection in PROJECTIONS.values()
        ]

    @property
    def cache_waiting(self) -> int:
        """How many orders the cache has not taken yet."""
        return self._refresher.waiting

    async def run(self) -> None:
        """Work until cancelled. Trouble with the servers is waited out; anything else ends it, raised."""
        with collecting_seldom():
            await self._run()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._refresher.run())
            tasks.create_task(self._auditor.run())
            for runner in self._runners:
                tasks.create_task(runner.run())

    async def health(self) -> tuple[ProjectionHealth, ...]:
        """Every projection's health, asked of the database. Raises what the driver raises."""
        return await PostgresProjections(self._pool).health()

    def _runner(
        self, projection: Projection[Any], notices: Notices, known: KnownStates[Any], wakes: Wakes | None
    ) -> ProjectionRunner:
        of_orders = projection is ORDERS_PROJECTION
        return ProjectionRunner(
            self._pool,
            self._feed,
            self.owner,
            projection=projection,
            refresher=self._refresher if of_orders else None,
            notices=notices,
            pace=_LISTS if of_orders else _REPORTS,
            known=known,
            wakes=wakes,
            turn=None if of_orders else self._turn,
        )
