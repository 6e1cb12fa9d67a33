"""What befalls a group, or one of its appends, is nobody else's trouble."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.grouping import BESIDE, GroupingEventStore
from adapters.postgres.pool import open_pool
from domain.events import EventMetadata, EventRecord
from domain.ports.events import VersionConflictError
from tests.integration.events.clients import Clients
from tests.integration.events.stories import NOON
from tests.integration.events.waiting import until

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

NOTED = EventRecord("Noted", 1, {}, NOON)
SEQUENTIAL = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'order_events'"
BULK = """
INSERT INTO order_events (order_id, version, position, event_type, schema_version, command_key,
                          command_digest, data, metadata, occurred_at, link)
SELECT 'bulk_' || $1::int || '_' || n, 1, nextval('event_positions'), 'Noted', 1, 'k', '', '{}', '{}', now(),
       sha256('') FROM generate_series(1, 3000) n
"""


@pytest.fixture
async def clients(pool: Pool) -> Clients:
    return Clients(GroupingEventStore(pool))


async def test_one_that_the_database_refuses_does_not_hurt_the_others(clients: Clients) -> None:
    for number in range(5):
        clients.append(f"ord_{number}")
    bad = secrets.token_hex(5_000)  # no index takes a name of this length
    clients.append(bad)

    answers = await clients.answers()

    assert answers.pop(f"{bad} k") is asyncpg.ProgramLimitExceededError
    assert set(answers.values()) == {2}


async def test_a_stream_that_somebody_holds_keeps_nobody_else_waiting(pool: Pool, clients: Clients) -> None:
    await PostgresEventStore(pool).append("held", 0, "k0", [NOTED], EventMetadata())
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM order_streams WHERE order_id = 'held' FOR UPDATE")
        clients.append("held", after=1)
        clients.append("free")
        async with asyncio.timeout(3):
            await clients.tasks["free k"]
            clients.append("later")
            await clients.tasks["later k"]
        assert not clients.tasks["held k"].done()

    assert await clients.answers() == {"held k": 3, "free k": 2, "later k": 2}


async def test_commands_of_a_held_stream_keep_their_order(pool: Pool, clients: Clients) -> None:
    """The second waits until the first has its answer, though the stream is free meanwhile."""
    await PostgresEventStore(pool).append("held", 0, "k0", [NOTED], EventMetadata())
    for turn in range(8):
        async with pool.acquire() as holder, holder.transaction():
            await holder.execute("SELECT 1 FROM order_streams WHERE order_id = 'held' FOR UPDATE")
            for number in range(3):
                clients.append("held", after=1 + 6 * turn + 2 * number, key=f"k{turn}_{number}")
                clients.append(f"free_{turn}_{number}")
            await clients.tasks[f"free_{turn}_2 k"]

    answers = await clients.answers()

    held = [answers[f"held k{turn}_{number}"] for turn in range(8) for number in range(3)]
    assert held == list(range(3, 51, 2))


async def test_a_stream_that_somebody_is_beginning_keeps_nobody_else_waiting_for_long(
    pool: Pool, clients: Clients
) -> None:
    """A row that is not committed yet cannot be skipped; the wait for it is cut short."""
    async with pool.acquire() as other, other.transaction():
        await PostgresEventStore(other).append("begun", 0, "theirs", [NOTED], EventMetadata())
        clients.append("begun")
        for number in range(6):
            clients.append(f"free_{number}")
        async with asyncio.timeout(3):
            for number in range(6):
                await clients.tasks[f"free_{number} k"]
            clients.append("later")
            await clients.tasks["later k"]
        assert not clients.tasks["begun k"].done()

    assert (await clients.answers())["begun k"] is VersionConflictError


async def test_many_held_streams_leave_connections_for_others(fresh_database: str) -> None:
    async with (
        opened(fresh_database, application="holder", largest=2) as others,
        opened(fresh_database, application="small", largest=BESIDE + 2) as small,
    ):
        clients = Clients(GroupingEventStore(small))
        for number in range(12):
            await PostgresEventStore(others).append(f"held_{number}", 0, "k0", [NOTED], EventMetadata())
        async with others.acquire() as holder, holder.transaction():
            await holder.execute("SELECT 1 FROM order_streams FOR UPDATE")
            for number in range(12):
                clients.append(f"held_{number}", after=1)
            await asyncio.sleep(0.1)
            async with asyncio.timeout(3):
                for number in range(5):
                    clients.append(f"free_{number}")
                    await clients.tasks[f"free_{number} k"]
            assert not any(clients.tasks[f"held_{number} k"].done() for number in range(12))

        answers = await clients.answers()
        assert [answers[f"held_{number} k"] for number in range(12)] == [3] * 12


@asynccontextmanager
async def opened(url: str, *, application: str, largest: int) -> AsyncIterator[Pool]:
    pool = await open_pool(url, application=application, largest=largest)
    try:
        yield pool
    finally:
        await pool.close()


@pytest.fixture
async def doomed(fresh_database: str) -> AsyncIterator[Pool]:
    """A pool whose connections others can end."""
    async with opened(fresh_database, application="doomed", largest=4) as pool:
        yield pool


WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE application_name = 'doomed' AND wait_event_type = 'Lock'
"""
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed'"


async def under_way(pool: Pool) -> bool:
    return bool(await pool.fetchval(WAITING))


async def test_a_group_whose_connection_breaks_is_carried_out_one_by_one(pool: Pool, doomed: Pool) -> None:
    clients = Clients(GroupingEventStore(doomed))
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("LOCK TABLE order_events IN ACCESS EXCLUSIVE MODE")
        for number in range(5):
            clients.append(f"ord_{number}")
        await until(lambda: under_way(pool))
        await pool.execute(KILL)

    assert set((await clients.answers()).values()) == {2}
    assert await pool.fetchval("SELECT count(*) FROM order_events") == 10


async def test_who_waits_for_a_group_that_is_ended_from_outside_is_told(pool: Pool, doomed: Pool) -> None:
    store = GroupingEventStore(doomed, flights=1)
    clients = Clients(store)
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("LOCK TABLE order_events IN ACCESS EXCLUSIVE MODE")
        clients.append("ord_1")
        clients.append("ord_2")
        await until(lambda: under_way(pool))
        clients.append("later")
        await asyncio.sleep(0)
        for flight in store._flights:
            flight.cancel()
        await asyncio.wait([clients.tasks["ord_2 k"]])

    told = asyncio.CancelledError
    assert await clients.answers() == {"ord_1 k": told, "ord_2 k": told, "later k": 2}


async def test_when_the_server_is_away_everybody_is_told(doomed: Pool) -> None:
    clients = Clients(GroupingEventStore(doomed))
    await doomed.close()
    for number in range(10):
        clients.append(f"ord_{number}")

    answers = await clients.answers()

    assert set(answers.values()) == {asyncpg.InterfaceError}


async def test_a_group_never_reads_a_whole_table(fresh_database: str) -> None:
    """However large it has grown, and whatever plan was made when it was small."""
    scans = []
    async with opened(fresh_database, application="counted", largest=1) as single:
        for turn in range(4):
            for _ in range(8):  # more than the runs after which a function's plans are kept
                clients = Clients(GroupingEventStore(single))
                for number in range(8):
                    head = await clients.store.head(f"ord_{number}")
                    clients.append(f"ord_{number}", after=head, key=f"k{head}")
                await clients.answers()
            await single.execute("SELECT pg_stat_force_next_flush()")
            scans.append(await single.fetchval(SEQUENTIAL))
            await single.execute(
                "INSERT INTO order_streams (order_id, version, link)"
                " SELECT 'bulk_' || $1::int || '_' || n, 1, sha256('') FROM generate_series(1, 3000) n",
                turn,
            )
            await single.execute(BULK, turn)
            await single.execute("ANALYZE order_events; ANALYZE order_streams")
    assert scans[1:] == [scans[1]] * 3
