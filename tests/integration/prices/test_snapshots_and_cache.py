"""Snapshots on real servers: nothing changes them, and Valkey may be away, slow or wrong without harm."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import asyncpg
import pytest
from redis.asyncio import Redis

from adapters.memory.snapshots import MemoryPriceSnapshots
from adapters.postgres.pool import open_pool
from adapters.postgres.snapshots import PostgresPriceSnapshots
from adapters.redis.client import open_client
from adapters.redis.snapshots import RedisPriceSnapshots
from adapters.snapshot_codec import encode_snapshot
from domain.pricing.snapshot import PriceSnapshot
from tests.support.snapshots import a_snapshot


class CountingSnapshots(MemoryPriceSnapshots):
    """Counts how often the durable store was read."""

    reads = 0

    async def get(self, snapshot_id: str) -> PriceSnapshot | None:
        self.reads += 1
        return await super().get(snapshot_id)


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with aclosing(open_client(redis_url)) as opened:
        yield opened


@asynccontextmanager
async def a_server_that_never_answers() -> AsyncIterator[tuple[str, list[float]]]:
    """Takes connections and says nothing; yields its URL and when it was called."""
    calls: list[float] = []

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(time.monotonic())
        try:
            await reader.read()
        finally:
            writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"redis://127.0.0.1:{port}/0", calls
    finally:
        server.close()


async def test_a_snapshot_that_was_just_saved_is_read_without_the_durable_store(client: Redis) -> None:
    durable = CountingSnapshots()
    snapshots = RedisPriceSnapshots(client, durable)
    snapshot = a_snapshot()
    await snapshots.save(snapshot)

    found = await snapshots.get(snapshot.id)

    assert (found, durable.reads) == (snapshot, 0)
    assert 0 < await client.ttl(f"snapshot:{snapshot.id}") <= 3_600


async def test_a_snapshot_that_valkey_forgot_is_read_from_the_durable_store_once(client: Redis) -> None:
    durable = CountingSnapshots()
    snapshot = a_snapshot()
    await durable.save(snapshot)
    snapshots = RedisPriceSnapshots(client, durable)

    found = [await snapshots.get(snapshot.id) for _ in range(3)]

    assert (found, durable.reads) == ([snapshot] * 3, 1)


async def test_both_stores_hold_the_same_bytes(fresh_database: str, client: Redis) -> None:
    pool = await open_pool(fresh_database, application="test")
    try:
        snapshot = a_snapshot()
        await RedisPriceSnapshots(client, PostgresPriceSnapshots(pool)).save(snapshot)

        stored = await pool.fetchval("SELECT body FROM price_snapshots WHERE id = $1", snapshot.id)

        assert stored.encode() == await client.get(f"snapshot:{snapshot.id}") == encode_snapshot(snapshot)
    finally:
        await pool.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE price_snapshots SET body = '{}'",
        "DELETE FROM price_snapshots",
        "TRUNCATE price_snapshots CASCADE",
    ],
)
async def test_the_database_refuses_to_change_a_snapshot(fresh_database: str, change: str) -> None:
    pool = await open_pool(fresh_database, application="test")
    try:
        snapshot = a_snapshot()
        snapshots = PostgresPriceSnapshots(pool)
        await snapshots.save(snapshot)

        with pytest.raises(asyncpg.RestrictViolationError):
            await pool.execute(change)

        assert await snapshots.get(snapshot.id) == snapshot
    finally:
        await pool.close()


async def test_without_valkey_snapshots_are_saved_and_read_all_the_same(
    unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with aclosing(open_client(f"redis://127.0.0.1:{unused_tcp_port}/0")) as client:
        snapshots = RedisPriceSnapshots(client, MemoryPriceSnapshots())
        snapshot = a_snapshot()
        with caplog.at_level(logging.WARNING):
            await snapshots.save(snapshot)
            found = [await snapshots.get(snapshot.id) for _ in range(50)]

    assert found == [snapshot] * 50
    assert [record.message for record in caplog.records if "durable store" in record.message]


async def test_a_silent_valkey_costs_one_short_wait_and_then_rests() -> None:
    async with a_server_that_never_answers() as (url, calls), aclosing(open_client(url)) as client:
        snapshots = RedisPriceSnapshots(client, MemoryPriceSnapshots())
        snapshot = a_snapshot()
        started = time.monotonic()
        await snapshots.save(snapshot)
        found = [await snapshots.get(snapshot.id) for _ in range(100)]
        took = time.monotonic() - started

    assert found == [snapshot] * 100
    assert len(calls) == 1
    assert took < 0.5  # one wait of 0.05 s and room for a busy machine; 101 waits would be 5 s


async def test_after_its_rest_valkey_is_asked_again(client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    durable = CountingSnapshots()
    snapshots = RedisPriceSnapshots(client, durable)
    snapshot = a_snapshot()
    await snapshots.save(snapshot)
    snapshots._cache.rest(TimeoutError())
    await snapshots.get(snapshot.id)
    later = time.monotonic() + 1.0
    monkeypatch.setattr(time, "monotonic", lambda: later)

    await snapshots.get(snapshot.id)

    assert durable.reads == 1


async def test_bytes_that_are_no_snapshot_are_passed_over(client: Redis) -> None:
    snapshots = RedisPriceSnapshots(client, MemoryPriceSnapshots())
    snapshot = a_snapshot()
    await client.set(f"snapshot:{snapshot.id}", b'{"id": 1}')
    await snapshots.save(snapshot)

    assert await snapshots.get(snapshot.id) == snapshot
