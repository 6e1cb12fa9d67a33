"""What a projector process runs: the runner and the cache refresher, started and stopped together."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from typing import TYPE_CHECKING

from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections.cache_refresh import CacheRefresher
from adapters.postgres.projections.health import projection_health
from adapters.postgres.projections.runner import ProjectionRunner

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from domain.ports.notices import Notices
    from domain.ports.projections import OrderCache, ProjectionHealth


class Projector:
    """Keeps the projection of orders up to date and the cache fresh, until cancelled."""

    def __init__(self, pool: Pool, cache: OrderCache, notices: Notices) -> None:
        self._pool = pool
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._refresher = CacheRefresher(cache)
        self._runner = ProjectionRunner(
            pool, PostgresEventFeed(pool), self.owner, refresher=self._refresher, notices=notices
        )

    @property
    def cache_waiting(self) -> int:
        """How many orders the cache has not taken yet."""
        return self._refresher.waiting

    async def run(self) -> None:
        """Work until cancelled. Trouble with the servers is waited out; anything else ends it, raised."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._refresher.run())
            tasks.create_task(self._runner.run())

    async def health(self) -> tuple[ProjectionHealth, ...]:
        """Every projection's health, asked of the database. Raises what the driver raises."""
        return (await projection_health(self._pool),)
