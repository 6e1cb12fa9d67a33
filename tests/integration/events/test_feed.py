"""The feed loses nothing, doubles nothing and keeps every stream's order, whatever writers do."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from domain.events import EventMetadata, EventRecord
from tests.integration.events.crowd import NOW, Crowd

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

MANY = 20_000
Seen = list[tuple[int, str, int]]
ALL = "SELECT position, order_id, version FROM order_events ORDER BY position"
NAIVE = (
    "SELECT position, order_id, version FROM order_events WHERE position > $1 ORDER BY position LIMIT 1000"
)
APPEND_ONE = """
SELECT * FROM append_events(
    $1, 0, 'k', '\\x00', '{Noted}', '{1}', '{"{}"}', ARRAY[now()], ARRAY[sha256('')], '{NULL}', '{}')
"""


class FrontierReader:
    def __init__(self, pool: Pool) -> None:
        self.feed = PostgresEventFeed(pool)
        self.position = 0
        self.seen: Seen = []

    async def read(self) -> int:
        page = await self.feed.after(self.position, 1_000)
        self.position = page.frontier
        self.seen += [(event.position, event.stream_id, event.version) for event in page.events]
        return len(page.events)


class NaiveReader:
    """The planted bug: everything after the last position that was seen."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.seen: Seen = []

    async def read(self) -> int:
        last = self.seen[-1][0] if self.seen else 0
        rows = await self.pool.fetch(NAIVE, last)
        self.seen += [tuple(row) for row in rows]
        return len(rows)


@asynccontextmanager
async def reading(*reads: Callable[[], Awaitable[int]]) -> AsyncIterator[None]:
    """Readers run while the block does, and to the end of what there is afterwards."""
    ended = asyncio.Event()

    async def follow(read: Callable[[], Awaitable[int]]) -> None:
        while not ended.is_set():
            await read()
            await asyncio.sleep(0.004)
        while await read():
            pass

    async with asyncio.TaskGroup() as tasks:
        for read in reads:
            tasks.create_task(follow(read))
        yield
        ended.set()


def by_stream(seen: Seen) -> dict[str, list[int]]:
    streams = defaultdict(list)
    for _, stream, version in seen:
        streams[stream].append(version)
    return streams


async def test_sixteen_writers_and_not_one_event_is_lost_doubled_or_out_of_order(pool: Pool) -> None:
    crowd = Crowd(pool, MANY)
    frontier, naive = FrontierReader(pool), NaiveReader(pool)

    async with asyncio.timeout(60), reading(frontier.read, naive.read):
        await crowd.write()

    written = [tuple(row) for row in await pool.fetch(ALL)]
    assert len(written) == crowd.committed >= MANY
    assert crowd.rolled_back > 100
    assert crowd.conflicts > 10
    assert frontier.seen == written
    assert all(
        versions == list(range(1, len(versions) + 1)) for versions in by_stream(frontier.seen).values()
    )
    assert len(naive.seen) < len(written), "the naive reader must be seen to lose events"


async def test_an_event_that_commits_late_is_waited_for(pool: Pool) -> None:
    store, feed = PostgresEventStore(pool), PostgresEventFeed(pool, patience=timedelta(milliseconds=50))
    async with pool.acquire() as slow:
        open_transaction = slow.transaction()
        await open_transaction.start()
        await slow.execute(APPEND_ONE, "ord_slow")
        await store.append("ord_quick", 0, "k", [EventRecord("Noted", 1, {}, NOW)], EventMetadata())

        early = await feed.after(0, 10)
        await open_transaction.commit()

    late = await feed.after(early.frontier, 10)
    assert (early.events, early.frontier) == ((), 0)
    assert [event.stream_id for event in late.events] == ["ord_slow", "ord_quick"]


async def test_an_open_transaction_does_not_keep_writers_from_committing(pool: Pool) -> None:
    store = PostgresEventStore(pool)
    async with pool.acquire() as slow, slow.transaction():
        await slow.execute(APPEND_ONE, "ord_slow")

        started = time.monotonic()
        for number in range(20):
            record = EventRecord("Noted", 1, {}, NOW)
            await store.append(f"ord_{number}", 0, "k", [record], EventMetadata())

    assert time.monotonic() - started < 2


async def test_writers_who_come_later_do_not_put_the_frontier_off(pool: Pool) -> None:
    """Somebody is always writing, yet the feed goes on: it waits for those of its own moment only."""
    feed = PostgresEventFeed(pool, patience=timedelta(seconds=5))
    crowd = Crowd(pool, events=3_000)
    writing = asyncio.create_task(crowd.write())

    position = 0
    async with asyncio.timeout(20):
        # A first page can be empty and yet go on: its numbers were all rolled back.
        while not (page := await feed.after(position, 10_000)).events:
            position = page.frontier
        unfinished = not writing.done()
        await writing

    assert unfinished
    assert page.frontier < crowd.committed


async def test_a_rolled_back_number_is_a_hole_that_nobody_waits_for(pool: Pool) -> None:
    store, feed = PostgresEventStore(pool), PostgresEventFeed(pool)
    async with pool.acquire() as session:
        abandoned = session.transaction()
        await abandoned.start()
        await session.execute(APPEND_ONE, "ord_never")
        await abandoned.rollback()
    await store.append("ord_after", 0, "k", [EventRecord("Noted", 1, {}, NOW)], EventMetadata())

    page = await feed.after(0, 10)

    assert [(event.stream_id, event.position) for event in page.events] == [("ord_after", 2)]


async def test_two_databases_of_one_server_do_not_wait_for_each_other(pool: Pool, database_url: str) -> None:
    import asyncpg

    elsewhere = await asyncpg.connect(database_url)
    try:
        async with elsewhere.transaction():
            await elsewhere.execute("SELECT pg_advisory_xact_lock_shared(20299, 1)")
            await PostgresEventStore(pool).append(
                "ord_here", 0, "k", [EventRecord("Noted", 1, {}, NOW)], EventMetadata()
            )

            page = await PostgresEventFeed(pool).after(0, 10)
    finally:
        await elsewhere.close()

    assert len(page.events) == 1
