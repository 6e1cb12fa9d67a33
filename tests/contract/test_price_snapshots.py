"""What every store of price snapshots promises, over memory, PostgreSQL and Valkey before PostgreSQL."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from adapters.memory.snapshots import MemoryPriceSnapshots
from adapters.postgres.pool import open_pool
from adapters.postgres.snapshots import PostgresPriceSnapshots
from adapters.redis.client import open_client
from adapters.redis.snapshots import RedisPriceSnapshots
from domain.ports.prices import PriceSnapshots, SnapshotAlreadyUsedError, SnapshotNotFoundError
from tests.support.snapshots import a_snapshot


@pytest.fixture(params=["memory", "postgres", "valkey"])
async def snapshots(request: pytest.FixtureRequest) -> AsyncIterator[PriceSnapshots]:
    if request.param == "memory":
        yield MemoryPriceSnapshots()
        return
    pool = await open_pool(request.getfixturevalue("contract_database"), application="test", largest=16)
    try:
        durable = PostgresPriceSnapshots(pool)
        if request.param == "postgres":
            yield durable
            return
        async with aclosing(open_client(request.getfixturevalue("redis_url"))) as client:
            yield RedisPriceSnapshots(client, durable)
    finally:
        await pool.close()


async def test_a_saved_snapshot_is_found_again_whole(snapshots: PriceSnapshots) -> None:
    snapshot = a_snapshot()

    await snapshots.save(snapshot)

    found = await snapshots.get(snapshot.id)
    assert found == snapshot
    assert found is not None
    assert found.breakdown.line_totals() == snapshot.breakdown.line_totals()


async def test_a_snapshot_for_anybody_stays_for_anybody(snapshots: PriceSnapshots) -> None:
    snapshot = a_snapshot(buyer_id=None)

    await snapshots.save(snapshot)

    assert await snapshots.get(snapshot.id) == snapshot


async def test_a_thousand_lines_are_found_again(snapshots: PriceSnapshots) -> None:
    snapshot = a_snapshot(lines=1_000)

    await snapshots.save(snapshot)

    assert await snapshots.get(snapshot.id) == snapshot


async def test_what_was_never_saved_is_not_found(snapshots: PriceSnapshots) -> None:
    assert await snapshots.get("snp_none") is None
    with pytest.raises(SnapshotNotFoundError):
        await snapshots.claim("snp_none", "ord_1")


async def test_what_an_id_says_never_changes(snapshots: PriceSnapshots) -> None:
    first = a_snapshot()
    await snapshots.save(first)

    await snapshots.save(a_snapshot(first.id, unit=1))

    assert await snapshots.get(first.id) == first


async def test_a_snapshot_serves_one_order_which_may_ask_again(snapshots: PriceSnapshots) -> None:
    snapshot = a_snapshot()
    await snapshots.save(snapshot)

    await snapshots.claim(snapshot.id, "ord_1")
    await snapshots.claim(snapshot.id, "ord_1")

    with pytest.raises(SnapshotAlreadyUsedError):
        await snapshots.claim(snapshot.id, "ord_2")


async def test_of_ten_orders_at_once_one_gets_the_snapshot(snapshots: PriceSnapshots) -> None:
    snapshot = a_snapshot()
    await snapshots.save(snapshot)

    claims = (snapshots.claim(snapshot.id, f"ord_{number}") for number in range(10))
    answers = await asyncio.gather(*claims, return_exceptions=True)

    assert answers.count(None) == 1
    assert sum(isinstance(answer, SnapshotAlreadyUsedError) for answer in answers) == 9


async def test_the_snapshots_of_an_order_come_in_the_order_in_which_it_claimed_them(
    snapshots: PriceSnapshots,
) -> None:
    order_id = f"ord_{secrets.token_hex(8)}"
    made = [a_snapshot() for _ in range(3)]
    for snapshot in made:
        await snapshots.save(snapshot)
    for number in (2, 0, 2):
        await snapshots.claim(made[number].id, order_id)

    assert await snapshots.of_order(order_id) == (made[2], made[0])


async def test_an_order_without_snapshots_has_none(snapshots: PriceSnapshots) -> None:
    assert await snapshots.of_order("ord_none") == ()
