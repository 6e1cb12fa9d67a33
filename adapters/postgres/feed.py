"""All events in stream order without a gap, read behind a frontier. It never holds writers up.

Numbers are drawn in one order and committed in another, so "everything after position p" would skip
what commits late. A frontier is a position below which nothing can appear any more: take the last
position, then the transactions that hold the writers' marker; once those have ended, it is final.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.postgres.events import COLUMNS, stored_event
from domain.ports.events import FeedPage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import asyncpg

    from adapters.postgres.pool import Pool
    from domain.events import StoredEvent

PATIENCE = timedelta(seconds=1)
_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.02

_LAST = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_positions"
_FRONTIER = "SELECT last_position, writers FROM event_frontier()"
_STILL_WRITING = "SELECT w FROM unnest(event_writers()) AS w WHERE w = ANY($1::text[])"
# Written and waited for: all that the server's log holds before it, the drawing of positions too, is on disk.
_KEEP = "SELECT pg_logical_emit_message(true, 'orderkeep', 'positions were drawn')"


class PostgresEventFeed:
    """`domain.ports.events.EventFeed` for one reader at a time, on the primary server.

    `after` waits up to `patience` for writers in flight, then answers with what is final so far; the
    next call goes on waiting for the same writers, so newcomers cannot put it off for ever. Up to `final`
    somebody has found out already. Rows of `columns` become events by `event`.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        patience: timedelta = PATIENCE,
        final: int = 0,
        columns: str = COLUMNS,
        event: Callable[[asyncpg.Record], StoredEvent] = stored_event,
    ) -> None:
        self._pool = pool
        self._patience = patience
        self._final = final
        self._event = event
        self._select = f"""
        SELECT {columns} FROM order_events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
        """  # noqa: S608 - constants only
        self._candidate = 0
        self._certain = 0
        self._writers: Sequence[str] = ()

    @property
    def final(self) -> int:
        """The newest frontier that this feed knows of."""
        return self._final

    async def after(self, position: int, limit: int) -> FeedPage:
        """The next final events later than `position`, at most `limit`; go on from the page's frontier."""
        if self._final <= position:
            await self._advance(position)
        if self._final <= position:
            return FeedPage((), position)
        events = await self._read(position, limit)
        last = events[-1].position if events else position
        if len(events) == limit:
            return FeedPage(events, last)
        if last < self._final:
            await self._never_drawn_again()
        return FeedPage(events, self._final)

    async def _never_drawn_again(self) -> None:
        # Numbers of transactions that were rolled back are on no disk yet: after a crash they could be drawn
        # a second time, by events that a reader who has passed them would never see.
        if self._certain < self._final:
            await self._pool.execute(_KEEP)
            self._certain = self._final

    async def _advance(self, position: int) -> None:
        if not self._writers:
            # Half the price of a frontier, and it leaves the server's lock table alone.
            if await self._pool.fetchval(_LAST) <= position:
                return
            row = await self._pool.fetchrow(_FRONTIER)
            assert row is not None  # a function with OUT parameters always gives one row
            self._candidate, self._writers = row["last_position"], row["writers"]
        if await self._writers_are_gone():
            self._final, self._writers = self._candidate, ()

    async def _writers_are_gone(self) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience.total_seconds()
        pause = _FIRST_PAUSE
        while self._writers:
            rows = await self._pool.fetch(_STILL_WRITING, self._writers)
            self._writers = [row["w"] for row in rows]
            if not self._writers:
                break
            if loop.time() >= deadline:
                return False
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return True

    async def _read(self, position: int, limit: int) -> tuple[StoredEvent, ...]:
        rows = await self._pool.fetch(self._select, position, self._final, limit)
        return tuple([self._event(row) for row in rows])
