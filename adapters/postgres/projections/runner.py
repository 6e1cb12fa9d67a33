"""Follows the feed and keeps the projection of orders up to date. Many may run; one at a time writes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import asyncpg

from adapters.postgres.projections import checkpoints, parking
from adapters.postgres.projections.batch import Written, write_page
from adapters.postgres.projections.checkpoints import CheckpointMovedError
from adapters.postgres.projections.orders import NAME
from domain.ports.notices import Alert, AlertLevel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.pool import Pool
    from adapters.postgres.projections.cache_refresh import CacheRefresher
    from adapters.postgres.projections.checkpoints import Claim
    from domain.ports.events import EventFeed
    from domain.ports.notices import Notices

_LOG = logging.getLogger(__name__)
# What a server that is away, slow or restarting raises; all of it passes.
PASSING = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_LONGEST_TROUBLE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how much. For `alert` after the last event pauses are the `shortest`, then they double
    up to the `longest`: one order brings several events, and orders seldom come alone.

    After work the pause is at least `rest` times what the work took, so that following a busy feed
    takes a fixed share of the machine and batches grow instead. `batch` counts events.
    """

    batch: int = 2_000
    shortest: timedelta = timedelta(milliseconds=5)
    longest: timedelta = timedelta(milliseconds=100)
    alert: timedelta = timedelta(seconds=1)
    rest: float = 3.0
    lease: timedelta = checkpoints.LEASE


class ProjectionRunner:
    """One candidate for the checkpoint of `name`. `owner` must be unique among all that run.

    `refresher` hears of every order after the commit, `notices` of every stream that stops.
    """

    def __init__(
        self,
        pool: Pool,
        feed: EventFeed,
        owner: str,
        *,
        refresher: CacheRefresher | None = None,
        notices: Notices | None = None,
        pace: Pace | None = None,
        name: str = NAME,
    ) -> None:
        self._pool = pool
        self._feed = feed
        self._owner = owner
        self._refresher = refresher
        self._notices = notices
        self._pace = pace or Pace()
        self._name = name
        self._claim: Claim | None = None
        self._seen = 0.0
        self._worked = 0.0

    async def run(self) -> None:
        """Project until cancelled; then give the checkpoint up. Trouble with the server is waited out."""
        pause = trouble = self._pace.shortest.total_seconds()
        loop = asyncio.get_running_loop()
        try:
            while True:
                started = loop.time()
                try:
                    worked = await self.step()
                    trouble = self._pace.shortest.total_seconds()
                except PASSING as error:
                    _LOG.warning("projection %s: %s; going on in %.2f s", self._name, error, trouble)
                    self._claim = None
                    await asyncio.sleep(trouble)
                    trouble = min(2 * trouble, _LONGEST_TROUBLE)
                    continue
                pause = self._pause(pause, worked=worked, took=loop.time() - started)
                await asyncio.sleep(pause)
        finally:
            await self._release()

    async def step(self) -> int:
        """Project the next page, if this runner holds the checkpoint; how many events it had."""
        if self._claim is None and not await self._take():
            return 0
        held = self._claim
        assert held is not None
        page = await self._feed.after(held.position, self._pace.batch)
        if page.frontier == held.position and not self._must_be_seen():
            return 0
        try:
            async with self._pool.acquire() as session, session.transaction():
                written = await write_page(session, held, page)
        except CheckpointMovedError:
            _LOG.info("projection %s: the checkpoint was moved or taken", self._name)
            self._claim = None
            return 0
        await self._committed(written)
        return len(page.events)

    async def _take(self) -> bool:
        async with self._pool.acquire() as session:
            self._claim = await checkpoints.claim(session, self._name, self._owner, self._pace.lease)
            if self._claim is None:
                return False
            parked = await parking.all_parked(session, self._name)
        _LOG.info("projection %s: going on from %d", self._name, self._claim.position)
        await self._alert((stream.order_id, stream.version, stream.error) for stream in parked)
        return True

    async def _committed(self, written: Written) -> None:
        self._claim = written.claim
        self._seen = asyncio.get_running_loop().time()
        if self._refresher:
            self._refresher.offer(written.orders)
        await self._alert((bad.order_id, bad.version, bad.error) for bad in written.poisons)

    async def _alert(self, stopped: Iterable[tuple[str, int, str]]) -> None:
        for order_id, version, error in stopped:
            _LOG.error("projection %s: %s stopped at version %d: %s", self._name, order_id, version, error)
            if self._notices:
                facts = (("projection", self._name), ("version", str(version)), ("error", error))
                key = f"projection:{self._name}:{order_id}:{version}"
                alert = Alert(key, AlertLevel.HIGH, "projection_stopped", order_id, facts)
                await self._notices.raise_alert(alert)

    def _must_be_seen(self) -> bool:
        return asyncio.get_running_loop().time() - self._seen > self._pace.lease.total_seconds() / 3

    def _pause(self, last: float, *, worked: int, took: float) -> float:
        shortest, longest = self._pace.shortest.total_seconds(), self._pace.longest.total_seconds()
        if worked >= self._pace.batch:
            return 0
        now = asyncio.get_running_loop().time()
        if worked:
            self._worked = now
            return min(max(shortest, self._pace.rest * took), longest)
        if now - self._worked < self._pace.alert.total_seconds():
            return shortest
        return min(max(2 * last, shortest), longest)

    async def _release(self) -> None:
        if self._claim:
            # The lease ends by itself when the server is away.
            with contextlib.suppress(*PASSING):
                async with self._pool.acquire() as session:
                    await checkpoints.release(session, self._claim)
