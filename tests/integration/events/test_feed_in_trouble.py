"""The feed where others lose events: after a move, a crash, beside long transactions and dead numbers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.grouping import GroupingEventStore
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import open_pool
from domain.events import EventMetadata, EventRecord, StoredEvent
from domain.ports.events import EventFeed, EventStore
from tests.integration.events.another_server import another_server, crash, dump_and_restore
from tests.integration.events.stories import NOON
from tests.support.chains import links_of

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from ops.servers.postgres import EmbeddedPostgres

NOTED = EventRecord("Noted", 1, {"note": "订单"}, NOON)
LAST = "SELECT last_value FROM event_positions"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[EmbeddedPostgres]:
    with another_server() as server:
        yield server


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(url, application="elsewhere")
    try:
        yield pool
    finally:
        await pool.close()


async def append(store: EventStore, stream: str, after: int = 0, times: int = 1) -> None:
    await store.append(stream, after, f"k{after}", [NOTED] * times, EventMetadata())


async def rolled_back(pool: Pool, stream: str = "ord_never") -> None:
    """An append that drew its number in vain."""
    async with pool.acquire() as session:
        transaction = session.transaction()
        await transaction.start()
        await append(PostgresEventStore(session), stream)
        await transaction.rollback()


async def told(feed: EventFeed, position: int = 0) -> list[tuple[str, int]]:
    """All that is final later than `position`."""
    found: list[StoredEvent] = []
    while (page := await feed.after(position, 3)).frontier > position:
        found.extend(page.events)
        position = page.frontier
    return [(event.stream_id, event.version) for event in found]


async def test_after_dump_and_restore_in_another_cluster_the_feed_goes_on_where_it_was(
    pool: Pool, fresh_database: str, elsewhere: EmbeddedPostgres
) -> None:
    """Emmett 336 and others order by transaction ids, which mean nothing in another cluster."""
    store = PostgresEventStore(pool)
    for number in range(5):
        await append(store, f"ord_{number}", times=2)
        await rolled_back(pool)
    before = await told(PostgresEventFeed(pool))
    checkpoint = (await PostgresEventFeed(pool).after(0, 1_000)).frontier
    url = elsewhere.create_database("moved")

    await asyncio.to_thread(dump_and_restore, fresh_database, url)

    async with opened(url) as moved:
        store, feed = PostgresEventStore(moved), PostgresEventFeed(moved)
        assert await told(PostgresEventFeed(moved)) == before
        async with moved.acquire() as slow:
            late = slow.transaction()
            await late.start()
            await append(PostgresEventStore(slow), "ord_late")
            await append(store, "ord_1", after=2)
            impatient = PostgresEventFeed(moved, patience=timedelta(milliseconds=20))
            assert (await impatient.after(checkpoint, 10)).events == ()
            await late.commit()
        assert await told(feed, checkpoint) == [("ord_late", 1), ("ord_1", 3)]
        events = await store.read("ord_1")
        assert [event.link for event in events] == links_of("ord_1", events)
        with pytest.raises(asyncpg.RestrictViolationError):
            await moved.execute("DELETE FROM order_events")


async def test_a_long_transaction_of_somebody_else_holds_nobody_up(pool: Pool) -> None:
    """A backup or a report, with a transaction id that is older than all that follows."""
    store, feed = PostgresEventStore(pool), PostgresEventFeed(pool)
    async with pool.acquire() as foreign, foreign.transaction(isolation="repeatable_read"):
        await foreign.execute("CREATE TABLE report (line text)")
        await foreign.fetchval("SELECT count(*) FROM order_events")
        started = time.monotonic()
        for number in range(20):
            await append(store, f"ord_{number}")

        assert len(await told(feed)) == 20
        assert time.monotonic() - started < 5


async def test_numbers_that_were_drawn_in_vain_are_passed_at_once(pool: Pool) -> None:
    """Marten's high-water mark waits for such a tail to grow old; here they are known to be over."""
    store, feed = PostgresEventStore(pool), PostgresEventFeed(pool)
    await append(store, "ord_1")
    for _ in range(3):
        await rolled_back(pool)
    started = time.monotonic()

    page = await feed.after(0, 10)

    assert (len(page.events), page.frontier) == (1, 4)
    assert time.monotonic() - started < 1
    await append(store, "ord_2")
    assert await told(feed, page.frontier) == [("ord_2", 1)]


async def test_a_crash_makes_no_number_come_twice_that_a_reader_has_passed(
    elsewhere: EmbeddedPostgres,
) -> None:
    """A number drawn in vain is on no disk of itself; drawn again after a crash, its event would be lost."""
    url = elsewhere.create_database("crashes")
    await asyncio.to_thread(migrate, url)
    for turn in range(3):
        async with opened(url) as pool:
            feed = PostgresEventFeed(pool)
            await append(PostgresEventStore(pool), f"ord_{turn}")
            for _ in range(40):
                await rolled_back(pool)
            passed = (await feed.after(0, 10)).frontier
            drawn = await pool.fetchval(LAST)

            await asyncio.to_thread(crash, elsewhere)

        async with opened(url) as pool:
            await append(PostgresEventStore(pool), f"ord_after_{turn}")
            assert passed == drawn
            assert await told(PostgresEventFeed(pool), passed) == [(f"ord_after_{turn}", 1)]


async def test_events_of_groups_reach_a_reader_once_and_in_order(pool: Pool) -> None:
    stores: list[EventStore] = [GroupingEventStore(pool), GroupingEventStore(pool), PostgresEventStore(pool)]
    feed, seen, position = PostgresEventFeed(pool), list[tuple[str, int]](), 0

    async def write(number: int) -> None:
        for version in range(0, 40, 2):
            await append(stores[number % 3], f"ord_{number}", after=version, times=2)

    async with asyncio.timeout(60):
        writing = asyncio.gather(*(write(number) for number in range(18)))
        while not writing.done() or await pool.fetchval(LAST) > position:
            page = await feed.after(position, 100)
            position = page.frontier
            seen += [(event.stream_id, event.version) for event in page.events]
            await asyncio.sleep(0.002)
        await writing

    assert len(seen) == 18 * 40
    for number in range(18):
        assert [version for stream, version in seen if stream == f"ord_{number}"] == list(range(1, 41))
