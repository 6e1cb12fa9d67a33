"""Many buyers at once on a real PostgreSQL: no unit is sold twice, none is lost, nobody waits in a circle."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import zip_longest

import asyncpg
import pytest

from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.pool import open_pool
from adapters.postgres.stock import PostgresStockLedger
from domain.stock.hold import HoldStatus, StockLine
from tests.support.goods import put_on_shelf, unbalanced

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await open_pool(fresh_database, application="stock-test", largest=16)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def ledger(pool: asyncpg.Pool) -> PostgresStockLedger:
    return PostgresStockLedger(pool)


async def test_of_fifty_buyers_racing_for_ten_units_exactly_ten_get_one(pool, ledger) -> None:
    await put_on_shelf(PostgresCatalogue(pool), tea=10)

    takes = (ledger.take_holds(f"ord_{n}", [StockLine("tea", 1)], LATER) for n in range(50))
    answers = await asyncio.gather(*takes)

    assert sum(not answer.refused for answer in answers) == 10
    assert {s.available for answer in answers for s in answer.shortages} == {0}
    assert await unbalanced(pool, tea=10) == []


async def test_holds_over_the_same_skus_in_opposite_order_do_not_deadlock(pool, ledger) -> None:
    skus = [f"sku-{number:02}" for number in range(12)]
    shelf = dict.fromkeys(skus, 1_000)
    await put_on_shelf(PostgresCatalogue(pool), **shelf)

    async def one_order(number: int) -> None:
        lines = [StockLine(sku, 1) for sku in random.Random(number).sample(skus, len(skus))]
        await ledger.take_holds(f"ord_{number}", lines, LATER)
        await (
            ledger.confirm_holds(f"ord_{number}", NOON)
            if number % 2
            else ledger.release_holds(f"ord_{number}")
        )

    await asyncio.gather(*(one_order(number) for number in range(100)))

    assert await unbalanced(pool, **shelf) == []
    level = await ledger.level("sku-00")
    assert level is not None
    assert (level.available, level.held, level.sold) == (950, 0, 50)


async def test_a_price_list_and_orders_over_the_same_skus_do_not_deadlock(pool, ledger) -> None:
    skus = [f"sku-{number:03}" for number in range(300)]
    catalogue = PostgresCatalogue(pool)
    await put_on_shelf(catalogue, **dict.fromkeys(skus, 100))

    lists = (put_on_shelf(catalogue, **dict.fromkeys(reversed(skus), 100)) for _ in range(10))
    takes = (ledger.take_holds(f"ord_{n}", [StockLine(sku, 1) for sku in skus], LATER) for n in range(30))
    both = [call for pair in zip_longest(takes, lists) for call in pair if call]
    answers = await asyncio.gather(*both)

    assert not any(answer.refused for answer in answers if answer)


async def test_a_late_payment_and_a_buyer_waiting_for_the_expired_unit_never_both_get_it(
    pool, ledger
) -> None:
    catalogue = PostgresCatalogue(pool)
    rounds = 200
    shelf = {f"last-{number}": 1 for number in range(rounds)}
    await put_on_shelf(catalogue, **shelf)

    async def one_round(number: int) -> tuple[bool, bool]:
        lines = [StockLine(f"last-{number}", 1)]
        await ledger.take_holds(f"slow_{number}", lines, NOON)

        async def swept_then_taken() -> bool:
            await ledger.expire_holds(NOON, 10)
            return not (await ledger.take_holds(f"quick_{number}", lines, LATER)).refused

        async def paid_late() -> bool:
            await asyncio.sleep(0.002 * random.Random(number).random())  # so that each side wins sometimes
            return not (await ledger.confirm_holds(f"slow_{number}", NOON)).refused

        sold, taken = await asyncio.gather(paid_late(), swept_then_taken())
        return sold, taken

    outcomes = [await one_round(number) for number in range(rounds)]

    assert all(sold != taken for sold, taken in outcomes)
    assert {sold for sold, _ in outcomes} == {True, False}
    assert await unbalanced(pool, **shelf) == []


async def test_a_hold_that_is_released_confirmed_swept_and_restocked_at_once_ends_in_one_state(
    pool, ledger
) -> None:
    rounds = 50
    await put_on_shelf(PostgresCatalogue(pool), tea=rounds)

    for number in range(rounds):
        reference = f"ord_{number}"
        await ledger.take_holds(reference, [StockLine("tea", 1)], NOON)
        calls = [
            ledger.release_holds(reference),
            ledger.expire_holds(NOON, 10),
            ledger.restock(reference),
            ledger.restock(reference),
            ledger.confirm_holds(reference, NOON),
        ]
        random.Random(number).shuffle(calls)
        await asyncio.gather(*calls)

    assert await unbalanced(pool, tea=rounds) == []
    assert await pool.fetchval("SELECT count(*) FROM holds WHERE status = 'active'") == 0


async def test_two_sweepers_put_back_each_hold_once(pool, ledger) -> None:
    await put_on_shelf(PostgresCatalogue(pool), tea=100)
    for number in range(40):
        await ledger.take_holds(f"ord_{number}", [StockLine("tea", 2)], NOON)

    swept = await asyncio.gather(*(ledger.expire_holds(NOON, 15) for _ in range(4)))

    assert sum(swept) + await ledger.expire_holds(NOON, 100) == 40
    level = await ledger.level("tea")
    assert level is not None
    assert (level.available, level.held) == (100, 0)


async def test_a_buyer_whose_connection_dies_while_waiting_holds_nothing_and_may_ask_again(
    pool, ledger
) -> None:
    await put_on_shelf(PostgresCatalogue(pool), tea=10, cup=10)
    lines = [StockLine("cup", 1), StockLine("tea", 1)]
    async with pool.acquire() as blocker, blocker.transaction():
        await blocker.execute("SELECT 1 FROM stock_items WHERE sku = 'tea' FOR UPDATE")
        taking = asyncio.create_task(ledger.take_holds("ord_1", lines, LATER))
        await _terminate_who_waits(pool)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await taking

    assert await unbalanced(pool, tea=10, cup=10) == []
    assert await ledger.release_holds("ord_1") is None

    assert not (await ledger.take_holds("ord_1", lines, LATER)).refused
    assert await ledger.release_holds("ord_1") is HoldStatus.RELEASED


async def test_the_database_itself_refuses_counts_below_zero(pool, ledger) -> None:
    await put_on_shelf(PostgresCatalogue(pool), tea=1)

    for column in ("available", "held", "sold"):
        with pytest.raises(asyncpg.CheckViolationError):
            await pool.execute(f"UPDATE stock_items SET {column} = -1")


async def _terminate_who_waits(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(5):
        while not await pool.fetchval(  # noqa: ASYNC110 - the condition lives in the server
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ):
            await asyncio.sleep(0.01)
