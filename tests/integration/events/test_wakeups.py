"""Readers are woken by what others commit, and miss nothing but speed when the hints fail."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.wakeups import CHANNEL, Bell, PostgresWakeups
from domain.events import EventMetadata, EventRecord
from tests.integration.events.stories import NOON
from tests.integration.events.waiting import until

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

NOTED = EventRecord("Noted", 1, {}, NOON)
LONG = 10.0
KILL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'ears'"


@asynccontextmanager
async def listening(url: str, *, check: float = 30.0) -> AsyncIterator[PostgresWakeups]:
    wakeups = PostgresWakeups(url, application="ears", shortest=0.01, check=check)
    task = asyncio.create_task(wakeups.run())
    try:
        await until(lambda: is_listening(wakeups))
        await wakeups.wait(0.01)
        yield wakeups
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def is_listening(wakeups: PostgresWakeups) -> bool:
    return wakeups.listening


async def append(store: PostgresEventStore, stream: str, after: int = 0) -> None:
    await store.append(stream, after, f"k{after}", [NOTED], EventMetadata())


async def test_a_waiting_reader_is_woken_by_an_append(pool: Pool, fresh_database: str) -> None:
    bell = Bell(pool)
    async with listening(fresh_database) as wakeups:
        waiting = asyncio.create_task(wakeups.wait(LONG))
        started = time.monotonic()

        await append(PostgresEventStore(pool, appended=bell.ring), "ord_1")

        assert await waiting
        assert time.monotonic() - started < LONG / 2
        await bell.close()


async def test_without_an_append_the_pause_is_waited_out(pool: Pool, fresh_database: str) -> None:
    async with listening(fresh_database) as wakeups:
        assert not await wakeups.wait(0.05)


async def test_a_repeat_or_a_conflict_wakes_nobody(pool: Pool) -> None:
    rings = 0

    def ring() -> None:
        nonlocal rings
        rings += 1

    store = PostgresEventStore(pool, appended=ring)
    await append(store, "ord_1")
    await append(store, "ord_1")
    with contextlib.suppress(Exception):
        await append(store, "ord_1", after=7)

    assert rings == 1


async def test_a_ring_while_the_reader_works_is_heard_at_its_next_pause(
    pool: Pool, fresh_database: str
) -> None:
    """And by each reader once."""
    async with listening(fresh_database) as wakeups:

        async def work_then_wait() -> tuple[bool, bool]:
            await wakeups.wait(0)
            ready.set()
            await rung.wait()
            return await wakeups.wait(LONG), await wakeups.wait(0.01)

        ready, rung = asyncio.Event(), asyncio.Event()
        readers = [asyncio.create_task(work_then_wait()) for _ in range(2)]
        await ready.wait()
        heard = asyncio.create_task(wakeups.wait(LONG))
        await asyncio.sleep(0)
        await pool.execute("SELECT pg_notify($1, '')", CHANNEL)
        assert await heard
        rung.set()

        assert await asyncio.gather(*readers) == [(True, False), (True, False)]


async def test_many_appends_of_a_moment_ring_few_times(pool: Pool, fresh_database: str) -> None:
    bell, rung = Bell(pool, quiet=0.2), 0
    async with listening(fresh_database) as wakeups:
        store = PostgresEventStore(pool, appended=bell.ring)

        await asyncio.gather(*(append(store, f"ord_{number}") for number in range(50)))

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while await wakeups.wait(LONG):
                    rung += 1
        await bell.close()
    assert 1 <= rung <= 4


async def test_a_killed_listener_comes_back_and_the_feed_has_missed_nothing(
    pool: Pool, fresh_database: str
) -> None:
    """Polling stays the truth: what is appended while nobody listens is read all the same."""
    bell, seen, position = Bell(pool), [], 0
    store, feed = PostgresEventStore(pool, appended=bell.ring), PostgresEventFeed(pool)
    async with listening(fresh_database) as wakeups:
        for number in range(30):
            if number % 10 == 5:
                assert await pool.fetchval(KILL) == 1
            await append(store, f"ord_{number}")
            await wakeups.wait(0.02)
            page = await feed.after(position, 100)
            seen += [event.stream_id for event in page.events]
            position = page.frontier
            if number % 10 == 9:
                await until(lambda: is_listening(wakeups))

        assert seen == [f"ord_{number}" for number in range(30)]
        await wakeups.wait(0.01)
        waiting = asyncio.create_task(wakeups.wait(LONG))
        await asyncio.sleep(0)
        await append(store, "ord_last")
        assert await waiting
        await bell.close()


async def test_who_comes_back_looks_for_what_happened_meanwhile(pool: Pool, fresh_database: str) -> None:
    """No bell rings here: the ring is the listener's own, for what it may have missed."""
    async with listening(fresh_database) as wakeups:
        waiting = asyncio.create_task(wakeups.wait(LONG))
        await asyncio.sleep(0)

        await pool.fetchval(KILL)

        assert await waiting


async def test_a_line_that_is_checked_stays_open(pool: Pool, fresh_database: str) -> None:
    async with listening(fresh_database, check=0.01) as wakeups:
        for _ in range(5):
            await wakeups.wait(0.02)
        assert wakeups.listening


async def test_a_bell_that_cannot_ring_hurts_no_append(pool: Pool, fresh_database: str) -> None:
    from adapters.postgres.pool import open_pool

    gone = await open_pool(fresh_database, application="gone", largest=1)
    await gone.close()
    bell = Bell(gone)

    await append(PostgresEventStore(pool, appended=bell.ring), "ord_1")
    await asyncio.sleep(0.05)

    assert await PostgresEventStore(pool).head("ord_1") == 1
    await bell.close()
