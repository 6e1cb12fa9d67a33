"""What every store of aggregate snapshots promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.aggregate_snapshots import MemoryAggregateSnapshots
from adapters.postgres.aggregate_snapshots import PostgresAggregateSnapshots
from adapters.postgres.pool import open_pool
from adapters.sqlite.aggregate_snapshots import SqliteAggregateSnapshots
from adapters.sqlite.connection import open_database
from domain.ports.aggregate_snapshots import MOST_OF_A_STREAM, AggregateSnapshot, AggregateSnapshots
from tests.support.builders import NOON

SECOND = timedelta(seconds=1)
Opening = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[AggregateSnapshots]]


@asynccontextmanager
async def in_memory(_request: pytest.FixtureRequest) -> AsyncIterator[AggregateSnapshots]:
    yield MemoryAggregateSnapshots()


@asynccontextmanager
async def on_postgres(request: pytest.FixtureRequest) -> AsyncIterator[AggregateSnapshots]:
    pool = await open_pool(request.getfixturevalue("contract_database"), application="test")
    await pool.execute("DELETE FROM aggregate_snapshots")
    yield PostgresAggregateSnapshots(pool)
    await pool.close()


@asynccontextmanager
async def in_sqlite(request: pytest.FixtureRequest) -> AsyncIterator[AggregateSnapshots]:
    async with open_database(request.getfixturevalue("tmp_path") / "events.db") as database:
        yield SqliteAggregateSnapshots(database)


STORES: dict[str, Opening] = {"memory": in_memory, "postgres": on_postgres, "sqlite": in_sqlite}


@pytest.fixture(params=STORES)
async def snapshots(request: pytest.FixtureRequest) -> AsyncIterator[AggregateSnapshots]:
    async with STORES[request.param](request) as opened:
        yield opened


def at(version: int, stream_id: str = "ord_1", data: bytes = b'{"\xe8\x8c\xb6": 1}') -> AggregateSnapshot:
    """A snapshot at that version, of that second."""
    return AggregateSnapshot(stream_id, version, 3, "order+json", data, NOON + version * SECOND)


async def test_a_snapshot_comes_back_byte_for_byte(snapshots: AggregateSnapshots) -> None:
    kept = replace(at(5), data=bytes(range(256)), taken_at=NOON + timedelta(microseconds=1))

    await snapshots.keep(kept)

    assert await snapshots.newest("ord_1") == kept


async def test_a_stream_without_snapshots_has_none(snapshots: AggregateSnapshots) -> None:
    await snapshots.keep(at(5, "ord_2"))

    assert await snapshots.newest("ord_1") is None


async def test_the_newest_counts_whatever_came_in_last(snapshots: AggregateSnapshots) -> None:
    for version in (5, 9, 7):
        await snapshots.keep(at(version))

    assert await snapshots.newest("ord_1") == at(9)


@pytest.mark.parametrize(("until", "version"), [(4, None), (5, 5), (8, 7), (100, 9)])
async def test_the_newest_of_a_version_or_earlier(
    snapshots: AggregateSnapshots, until: int, version: int | None
) -> None:
    for kept in (5, 7, 9):
        await snapshots.keep(at(kept))

    assert await snapshots.newest("ord_1", until=until) == (at(version) if version else None)


@pytest.mark.parametrize(("second", "version"), [(5, None), (6, 5), (9, 7), (10, 9)])
async def test_the_newest_of_before_a_time(
    snapshots: AggregateSnapshots, second: int, version: int | None
) -> None:
    for kept in (5, 7, 9):
        await snapshots.keep(at(kept))

    assert await snapshots.newest("ord_1", before=NOON + second * SECOND) == (
        at(version) if version else None
    )


async def test_both_bounds_hold_together(snapshots: AggregateSnapshots) -> None:
    for kept in (5, 7, 9):
        await snapshots.keep(at(kept))

    assert await snapshots.newest("ord_1", until=8, before=NOON + 6 * SECOND) == at(5)


async def test_one_of_the_same_version_is_replaced(snapshots: AggregateSnapshots) -> None:
    await snapshots.keep(at(5))

    await snapshots.keep(replace(at(5), schema_version=4, type="order+other", data=b"new"))

    newest = await snapshots.newest("ord_1")
    assert newest is not None
    assert (newest.schema_version, newest.type, newest.data) == (4, "order+other", b"new")


async def test_a_stream_keeps_only_its_newest_snapshots(snapshots: AggregateSnapshots) -> None:
    for version in range(1, MOST_OF_A_STREAM + 4):
        await snapshots.keep(at(version))
    await snapshots.keep(at(1, "ord_2"))

    kept = await snapshots.page()

    assert [(found.stream_id, found.version) for found in kept] == [
        *(("ord_1", version) for version in range(4, MOST_OF_A_STREAM + 4)),
        ("ord_2", 1),
    ]


async def test_all_are_read_page_by_page_each_once(snapshots: AggregateSnapshots) -> None:
    expected = [(stream, version) for stream in ("B", "a", "a:b", "é") for version in (2, 10)]
    for stream, version in reversed(expected):
        await snapshots.keep(at(version, stream))

    found: list[tuple[str, int]] = []
    while page := await snapshots.page(found[-1] if found else None, limit=3):
        assert len(page) <= 3
        found += [(snapshot.stream_id, snapshot.version) for snapshot in page]

    assert found == expected


async def test_one_streams_snapshots_may_be_dropped(snapshots: AggregateSnapshots) -> None:
    for kept in (at(5), at(7), at(5, "ord_2")):
        await snapshots.keep(kept)

    assert await snapshots.drop("ord_1") == 2

    assert await snapshots.newest("ord_1") is None
    assert await snapshots.newest("ord_2") == at(5, "ord_2")
    assert await snapshots.drop("ord_1") == 0


async def test_all_may_be_dropped(snapshots: AggregateSnapshots) -> None:
    await snapshots.keep(at(5))
    await snapshots.keep(at(5, "ord_2"))

    assert await snapshots.drop() == 2

    assert await snapshots.page() == ()


async def test_many_keepers_at_once_lose_nothing(snapshots: AggregateSnapshots) -> None:
    await asyncio.gather(*(snapshots.keep(at(version, f"ord_{version % 4}")) for version in range(1, 33)))

    newest = [await snapshots.newest(f"ord_{number}") for number in range(4)]

    assert [found.version for found in newest if found] == [32, 29, 30, 31]
