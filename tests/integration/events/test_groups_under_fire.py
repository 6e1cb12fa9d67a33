"""Writers of two processes on the same streams while their connections are killed: each command once."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import asyncpg

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.grouping import GroupingEventStore
from adapters.postgres.pool import open_pool
from domain.events import EventMetadata, EventRecord
from domain.ports.events import EventStore, VersionConflictError
from tests.integration.events.stories import NOON
from tests.support.chains import links_of

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

NOTED = [EventRecord("Noted", 1, {"note": ""}, NOON)] * 2
KILL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'target' AND random() < 0.4
"""
COMMANDS = "SELECT order_id, command_key, max(version) AS version FROM order_events GROUP BY 1, 2"
# The last: a connection of the pool whose end asyncpg has been told of, but not noticed.
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
Done = dict[tuple[str, str], int]


async def write(stores: list[EventStore], number: int, done: Done) -> None:
    chance = random.Random(number)
    for turn in range(20):
        store, stream, key = chance.choice(stores), f"ord_{chance.randrange(8)}", f"{number}-{turn}"
        while (stream, key) not in done:
            try:
                head = await store.head(stream)
                done[stream, key] = (await store.append(stream, head, key, NOTED, EventMetadata())).version
            except VersionConflictError:
                continue
            except AWAY:
                await asyncio.sleep(0.01)  # unknown outcome: once more with the same key


async def kill_again_and_again(pool: Pool, writing: asyncio.Future[list[None]]) -> int:
    killed = 0
    while not writing.done():
        killed += len(await pool.fetch(KILL))
        await asyncio.wait([writing], timeout=0.1)
    return killed


async def test_each_command_is_carried_out_once_whatever_connections_are_killed(
    pool: Pool, fresh_database: str
) -> None:
    targets = [await open_pool(fresh_database, application="target", largest=6) for _ in range(2)]
    groups = [GroupingEventStore(target) for target in targets]
    done: Done = {}
    try:
        async with asyncio.timeout(60):
            stores: list[EventStore] = [*groups, PostgresEventStore(targets[0])]
            writing = asyncio.gather(*(write(stores, number, done) for number in range(12)))
            assert await kill_again_and_again(pool, writing)
            await writing
    finally:
        for target in targets:
            target.terminate()

    found = {(row["order_id"], row["command_key"]): row["version"] for row in await pool.fetch(COMMANDS)}
    assert found == done
    for stream in {stream for stream, _ in done}:
        events = await PostgresEventStore(pool).read(stream)
        assert [event.version for event in events] == list(range(1, len(events) + 1))
        assert [event.link for event in events] == links_of(stream, events)
    for group in groups:
        assert not group._flights | group._beside
        assert (len(group._waiting), group._waiting.taken) == (0, 0)
