"""Follows the feed and keeps one projection up to date. Many may run; one at a time writes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import asyncpg

from adapters.postgres.projections import checkpoints, parking
from adapters.postgres.projections.batch import Written, write_page
from adapters.postgres.projections.checkpoints import CheckpointMovedError
from adapters.postgres.projections.orders import ORDERS_PROJECTION
from adapters.postgres.projections.writing import REFUSED
from domain.order.dated import DatedOrder
from domain.ports.notices import Alert, AlertLevel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.pool import Pool
    from adapters.postgres.projections.checkpoints import Claim
    from adapters.postgres.projections.folding import KnownStates
    from adapters.postgres.projections.projection import Projection
    from domain.order.order import Order
    from domain.ports.events import EventFeed, FeedPage
    from domain.ports.notices import Notices

_LOG = logging.getLogger(__name__)
# What a server that is away, slow or restarting raises; all of it passes.
PASSING = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_LONGEST_TROUBLE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how much. For `alert` after the last event pauses are the `shortest`, then they double
    up to the `longest`: one order brings several events, and orders seldom come alone.

    After work the pause is at least `rest` times what the work took, so that following a busy feed
    takes a fixed share of the machine and batches grow instead. `batch` counts events.
    """

    batch: int = 5_000
    shortest: timedelta = timedelta(milliseconds=5)
    longest: timedelta = timedelta(milliseconds=100)
    alert: timedelta = timedelta(seconds=1)
    rest: float = 3.0
    lease: timedelta = checkpoints.LEASE


class Hears(Protocol):
    """Somebody who is told of orders after they were projected, and takes no time for it."""

    def offer(self, orders: Iterable[Order]) -> None:
        """Take note of them."""
        ...


class Wakes(Protocol):
    """A hint that there may be something new; it may be wrong, late or never come."""

    async def wait(self, timeout: float) -> object:  # noqa: ASYNC109 - the pause that it may cut short
        """Return after `timeout` seconds, or sooner."""
        ...


class _Sleep:
    """Nobody gives hints."""

    async def wait(self, timeout: float) -> object:  # noqa: ASYNC109 - as the protocol says it
        await asyncio.sleep(timeout)
        return None


class ProjectionRunner:
    """One candidate for the checkpoint of `projection`. `owner` must be unique among all that run.

    `refresher` hears of every order after the commit, `notices` of every stream that stops. `known` are
    states that runners over the same streams share; `wakes` cuts pauses short. Of runners with the same
    `turn` one works at a time.
    """

    def __init__(
        self,
        pool: Pool,
        feed: EventFeed,
        owner: str,
        *,
        projection: Projection[Any] = ORDERS_PROJECTION,
        refresher: Hears | None = None,
        notices: Notices | None = None,
        pace: Pace | None = None,
        known: KnownStates[Any] | None = None,
        wakes: Wakes | None = None,
        turn: asyncio.Lock | None = None,
    ) -> None:
        self._pool = pool
        self._feed = feed
        self._owner = owner
        self._refresher = refresher
        self._notices = notices
        self._pace = pace or Pace()
        self._projection = projection
        self._name = projection.name
        self._known = known
        self._wakes = wakes or _Sleep()
        self._turn = turn or asyncio.Lock()
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
                    async with self._turn:
                        worked = await self.step()
                    trouble = self._pace.shortest.total_seconds()
                except PASSING as error:
                    _LOG.warning("projection %s: %s; going on in %.2f s", self._name, error, trouble)
                    self._claim = None
                    await asyncio.sleep(trouble)
                    trouble = min(2 * trouble, _LONGEST_TROUBLE)
                    continue
                pause = self._pause(pause, worked=worked, took=loop.time() - started)
                # Rest after work is there for batches to grow, so that hints count in idle times only.
                await (asyncio.sleep(pause) if worked else self._wakes.wait(pause))
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
            written = await self._written(held, page)
        except CheckpointMovedError:
            _LOG.info("projection %s: the checkpoint was moved or taken", self._name)
            self._claim = None
            return 0
        await self._committed(written)
        return len(page.events)

    async def _written(self, held: Claim, page: FeedPage) -> Written:
        try:
            return await self._write(held, page, careful=False)
        except REFUSED:
            return await self._write(held, page, careful=True)

    async def _write(self, held: Claim, page: FeedPage, *, careful: bool) -> Written:
        async with self._pool.acquire() as session, session.transaction():
            return await write_page(session, held, page, self._projection, known=self._known, careful=careful)

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
            states = (state for state in written.states if isinstance(state, DatedOrder))
            self._refresher.offer([state.order for state in states])
        await self._alert((bad.stream_id, bad.version, bad.error) for bad in written.poisons)

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
