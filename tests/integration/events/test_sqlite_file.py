"""The embedded store's file: made whole or not at all, shared by processes, and never changed behind them."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import aiosqlite
import pytest

from adapters.sqlite.connection import Synchronous, open_database
from adapters.sqlite.events import SqliteEventStore
from adapters.sqlite.migrations import MIGRATIONS, NewerSchemaError, migrate
from domain.events import EventMetadata, EventRecord
from tests.integration.events.stories import NOON
from tests.support.chains import links_of

NOTED = EventRecord("Noted", 1, {"note": "订单"}, NOON)
FORGED = "'Forged', 1, 'k', x'00', '{}', NULL, '{}', '', '', link FROM events"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


def asked(path: Path, query: str) -> list[object]:
    """What another program finds in the file."""
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


async def append(store: SqliteEventStore, after: int = 0, stream: str = "ord_1") -> None:
    await store.append(stream, after, f"k{after}", [NOTED], EventMetadata())


async def test_eight_that_open_a_new_file_at_once_make_its_schema_once(path: Path) -> None:
    async def open_and_append(number: int) -> None:
        async with open_database(path) as database:
            await append(SqliteEventStore(database), stream=f"ord_{number}")

    await asyncio.gather(*(open_and_append(number) for number in range(8)))

    assert asked(path, "PRAGMA user_version") == [len(MIGRATIONS)]
    assert asked(path, "SELECT count(*) FROM events") == [8]
    assert asked(path, "SELECT max(position) FROM events") == [8]


async def test_a_migration_that_fails_leaves_nothing_behind(path: Path) -> None:
    broken = (*MIGRATIONS, ("CREATE TABLE more (x TEXT)", "CREATE TABLE events (mine TEXT)"))
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            await migrate(connection, broken)

    assert asked(path, TABLES) == []
    assert asked(path, "PRAGMA user_version") == [0]


async def test_a_file_of_an_earlier_release_is_brought_up_to_date_with_its_events(path: Path) -> None:
    async with open_database(path) as database:
        await append(SqliteEventStore(database))

    async with aiosqlite.connect(path, isolation_level=None) as connection:
        await migrate(connection, (*MIGRATIONS, ("CREATE TABLE more (x TEXT)",)))

    assert "more" in asked(path, TABLES)
    assert asked(path, "SELECT count(*) FROM events") == [1]


async def test_a_file_of_a_later_release_is_not_touched(path: Path) -> None:
    async with open_database(path) as database:
        await append(SqliteEventStore(database))
    asked(path, "PRAGMA user_version = 99")

    with pytest.raises(NewerSchemaError):
        async with open_database(path):
            pass

    assert asked(path, "PRAGMA user_version") == [99]


@pytest.fixture
def invoice(path: Path) -> Path:
    path.write_bytes(b"an invoice, in fact" * 100)
    return path


async def test_a_file_of_another_kind_is_refused(invoice: Path) -> None:
    with pytest.raises(sqlite3.DatabaseError):
        async with open_database(invoice):
            pass


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET data = '{}'",
        "UPDATE events SET link = zeroblob(32) WHERE version = 1",
        "DELETE FROM events",
        f"INSERT OR REPLACE INTO events SELECT 1, stream_id, 2, {FORGED}",
        f"INSERT OR REPLACE INTO events SELECT 2, stream_id, 1, {FORGED}",
        f"INSERT INTO events SELECT 7, stream_id, 2, {FORGED}",
    ],
)
async def test_stored_events_cannot_be_changed_or_removed(path: Path, change: str) -> None:
    async with open_database(path) as database:
        await append(SqliteEventStore(database))
        async with aiosqlite.connect(path, isolation_level=None) as other:
            with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
                await other.execute_fetchall(change)

        events = await SqliteEventStore(database).read("ord_1")

    assert [event.data for event in events] == [{"note": "订单"}]


@pytest.mark.parametrize(("synchronous", "level"), [(Synchronous.NORMAL, 1), (Synchronous.FULL, 2)])
async def test_a_commit_waits_for_what_the_setting_says(
    path: Path, synchronous: Synchronous, level: int
) -> None:
    async with open_database(path, synchronous=synchronous) as database, database.writing() as writer:
        assert [row[0] for row in await writer.execute_fetchall("PRAGMA synchronous")] == [level]
        assert [row[0] for row in await writer.execute_fetchall("PRAGMA journal_mode")] == ["wal"]


async def test_readers_see_what_is_committed_and_wait_for_no_writer(path: Path) -> None:
    async with open_database(path) as database:
        store = SqliteEventStore(database)
        await append(store)
        async with asyncio.timeout(5), database.writing() as writer:
            await writer.execute_fetchall("UPDATE event_streams SET version = 7")

            heads = await asyncio.gather(*(store.head("ord_1") for _ in range(20)))
            page = await store.after(0, 10)

        assert heads == [1] * 20
        assert len(page.events) == 1


async def test_a_reader_cannot_write(path: Path) -> None:
    async with open_database(path) as database:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await database.fetch("INSERT INTO event_streams VALUES ('ord_1', 1, zeroblob(32))")


async def test_a_writer_that_is_cancelled_half_way_leaves_the_next_a_free_file(path: Path) -> None:
    async with open_database(path) as database:
        store = SqliteEventStore(database)
        for turn in range(12):
            task = asyncio.create_task(append(store, stream="ord_doomed"))
            for _ in range(turn):
                await asyncio.sleep(0.0003)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await append(store, after=turn)

        assert [event.version for event in await store.read("ord_1")] == list(range(1, 13))
        assert await store.head("ord_doomed") in {0, 1}


WRITER = """
import asyncio, sys
from pathlib import Path
from adapters.sqlite.connection import open_database
from adapters.sqlite.events import SqliteEventStore
from domain.events import EventMetadata, EventRecord
from tests.integration.events.stories import NOON

async def write() -> None:
    async with open_database(Path(sys.argv[1])) as database:
        store = SqliteEventStore(database)
        version = await store.head(sys.argv[2])
        while True:
            batch = [EventRecord("Noted", 1, {"n": version}, NOON)] * 3
            answer = await store.append(sys.argv[2], version, f"k{version}", batch, EventMetadata())
            version = answer.version
            print(version, flush=True)

asyncio.run(write())
"""


def write_until_killed(path: Path, stream: str = "ord_1") -> int:
    """A process that appends without end, killed in the middle; the last version that it was answered."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), stream], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout
        answers = [int(writer.stdout.readline()) for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
    return answers[-1]


async def test_what_was_answered_before_a_kill_is_there_and_nothing_is_there_in_part(path: Path) -> None:
    for _ in range(3):
        answered = await asyncio.to_thread(write_until_killed, path)

        async with open_database(path) as database:
            events = await SqliteEventStore(database).read("ord_1")
        assert len(events) >= answered
        assert len(events) % 3 == 0
        assert [event.position for event in events] == list(range(1, len(events) + 1))
        assert [event.link for event in events] == links_of("ord_1", events)


async def test_processes_that_write_at_once_until_killed_leave_one_order_without_a_gap(path: Path) -> None:
    """They make the new file together, too."""
    streams = ["ord_1", "ord_2", "ord_3"]

    answered = await asyncio.gather(*(asyncio.to_thread(write_until_killed, path, one) for one in streams))

    async with open_database(path) as database:
        store = SqliteEventStore(database)
        page = await store.after(0, 100_000)
        assert [event.position for event in page.events] == list(range(1, len(page.events) + 1))
        for stream, version in zip(streams, answered, strict=True):
            events = [event for event in page.events if event.stream_id == stream]
            assert len(events) >= version
            assert [event.version for event in events] == list(range(1, len(events) + 1))
            assert [event.link for event in events] == links_of(stream, events)
