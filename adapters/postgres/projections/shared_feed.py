"""One look at the feed for all projections of a process: the newest events are read and decoded once."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections.bare import COLUMNS, bare_event
from domain.ports.events import FeedPage

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from domain.events import StoredEvent

MOST_KEPT: Final = 10_000
# An answer of "nothing new" is as good as fresh for this long: projections ask at almost the same time.
_FRESH: Final = 0.004


class SharedFeed:
    """`domain.ports.events.EventFeed` for several readers at once, near the end of the feed above all.

    Who is further behind than what is kept reads for themselves.
    """

    def __init__(self, pool: Pool, *, most: int = MOST_KEPT) -> None:
        self._pool = pool
        self._most = most
        self._end = bare_feed(pool)
        self._looking = asyncio.Lock()
        self._kept: deque[StoredEvent] = deque()
        self._since = self._until = -1  # what is kept is everything later than the one, up to the other
        self._nothing_at = float("-inf")
        self._ahead: tuple[int, asyncio.Task[FeedPage]] | None = None

    async def after(self, position: int, limit: int) -> FeedPage:
        """The next final events later than `position`, at most `limit`; see the port."""
        if self._since <= position < self._until:
            return self._from_kept(position, limit)
        if position < self._since:
            return await bare_feed(self._pool, self._until).after(position, limit)
        async with self._looking:
            if self._since <= position < self._until:
                return self._from_kept(position, limit)
            return await self._look(position, limit)

    async def _look(self, position: int, limit: int) -> FeedPage:
        loop = asyncio.get_running_loop()
        if position == self._until and loop.time() - self._nothing_at < _FRESH:
            return FeedPage((), position)
        page = await self._next(position, limit)
        if page.frontier == position:
            self._nothing_at = loop.time()
        if position != self._until:
            self._kept.clear()
            self._since = position
        self._kept.extend(page.events)
        self._until = page.frontier
        while len(self._kept) > self._most:
            self._since = self._kept.popleft().position
        return page

    async def _next(self, position: int, limit: int) -> FeedPage:
        """The next page; after a full one another is read already, while this one is being projected."""
        page = None
        if self._ahead:
            (since, reading), self._ahead = self._ahead, None
            found = await reading
            page = found if since == position and len(found.events) <= limit else None
        if page is None:
            page = await self._end.after(position, limit)
        if len(page.events) == limit:
            reading = asyncio.create_task(self._end.after(page.frontier, limit))
            reading.add_done_callback(_seen)
            self._ahead = (page.frontier, reading)
        return page

    def _from_kept(self, position: int, limit: int) -> FeedPage:
        found: list[StoredEvent] = []
        for event in reversed(self._kept):
            if event.position <= position:
                break
            found.append(event)
        found.reverse()
        events = tuple(found[:limit])
        return FeedPage(events, events[-1].position if len(events) == limit else self._until)


def _seen(reading: asyncio.Task[FeedPage]) -> None:
    if not reading.cancelled():
        reading.exception()  # told to whoever asks for the page, if anybody still does


def bare_feed(pool: Pool, final: int = 0) -> PostgresEventFeed:
    """A feed of its own for somebody who makes read models; up to `final` everything is known to be final."""
    return PostgresEventFeed(pool, final=final, columns=COLUMNS, event=bare_event)
