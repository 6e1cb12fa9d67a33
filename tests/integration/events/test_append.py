"""What the database itself refuses or guarantees about events, whoever talks to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.pool import open_pool
from domain.events import EventMetadata, EventRecord
from domain.ports.events import VersionConflictError
from tests.integration.events.stories import NOON, Story, tell
from tests.integration.events.waiting import until

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

NOTED = EventRecord("Noted", 1, {}, NOON)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE order_events SET data = '{}'",
        "UPDATE order_events SET data = '{}' WHERE false",
        "DELETE FROM order_events",
        "TRUNCATE order_events",
    ],
)
async def test_stored_events_cannot_be_changed_or_removed(pool: Pool, change: str) -> None:
    await tell(PostgresEventStore(pool), "ord_1", Story("ord_1").created())

    with pytest.raises(asyncpg.RestrictViolationError, match="only ever added"):
        await pool.execute(change)

    assert await pool.fetchval("SELECT count(*) FROM order_events WHERE data <> '{}'") == 2


async def test_one_version_of_a_stream_exists_once(pool: Pool) -> None:
    await tell(PostgresEventStore(pool), "ord_1", Story("ord_1").created())
    copy = """
    INSERT INTO order_events SELECT order_id, version, 1000, event_type, schema_version, command_key,
        command_digest, data, body, metadata, occurred_at, recorded_at, link
        FROM order_events WHERE version = 1
    """

    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute(copy)


async def test_sixteen_writers_of_one_stream_leave_versions_without_gap_or_double(pool: Pool) -> None:
    store = PostgresEventStore(pool)
    won = 0

    async def writer(number: int) -> None:
        nonlocal won
        for turn in range(20):
            head = await store.head("ord_1")
            record = EventRecord("Noted", 1, {"by": number, "turn": turn}, NOON)
            try:
                await store.append("ord_1", head, f"{number}-{turn}", [record, record], EventMetadata())
            except VersionConflictError:
                continue
            won += 1

    await asyncio.gather(*(writer(number) for number in range(16)))

    versions = [event.version for event in await store.read("ord_1")]
    assert versions == list(range(1, 2 * won + 1))
    assert won >= 20


async def vanish_in_mid_append(pool: Pool, database_url: str) -> None:
    """A second append to ord_1 whose connection breaks while the server still works on it."""
    await PostgresEventStore(pool).append("ord_1", 0, "place", [NOTED], EventMetadata())
    doomed = await open_pool(database_url, application="doomed", largest=1)
    async with pool.acquire() as blocker, blocker.transaction():
        await blocker.execute("SELECT 1 FROM order_streams FOR UPDATE")
        lost = asyncio.create_task(
            PostgresEventStore(doomed).append("ord_1", 1, "pay", [NOTED], EventMetadata())
        )
        await until(lambda: waits_for_a_lock(pool, "doomed"))
        doomed.terminate()
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await lost


async def test_an_append_whose_writer_vanished_is_found_by_the_repeat(
    pool: Pool, fresh_database: str
) -> None:
    await vanish_in_mid_append(pool, fresh_database)
    await until(lambda: is_gone(pool, "doomed"))

    again = await PostgresEventStore(pool).append("ord_1", 1, "pay", [NOTED], EventMetadata())

    assert again.repeated
    assert await PostgresEventStore(pool).head("ord_1") == 2


async def test_a_repeat_that_races_the_append_of_a_vanished_writer_writes_once(
    pool: Pool, fresh_database: str
) -> None:
    """Row locks are not first come, first served: either of the two may write, never both."""
    await vanish_in_mid_append(pool, fresh_database)

    again = await PostgresEventStore(pool).append("ord_1", 1, "pay", [NOTED], EventMetadata())
    await until(lambda: is_gone(pool, "doomed"))

    stored = await PostgresEventStore(pool).read("ord_1", after=1)
    assert [event.position for event in stored] == list(again.positions)
    assert await PostgresEventStore(pool).head("ord_1") == 2


async def test_an_append_is_one_statement_on_the_wire(fresh_database: str) -> None:
    pool = await open_pool(fresh_database, application="counted", largest=1)
    record, seen = EventRecord("Noted", 1, {}, NOON), list[str]()
    await PostgresEventStore(pool).append("ord_0", 0, "k", [record], EventMetadata())  # learns the types
    async with pool.acquire() as session:
        session.add_query_logger(lambda query: seen.append(query.query))

    await PostgresEventStore(pool).append("ord_1", 0, "k", [record, record, record], EventMetadata())

    await pool.close()
    assert len(seen) == 1
    assert "append_events" in seen[0]


async def waits_for_a_lock(pool: Pool, application: str) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'"
    return bool(await pool.fetchval(waiting, application))


async def is_gone(pool: Pool, application: str) -> bool:
    there = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
    return not await pool.fetchval(there, application)
