"""The SQL ledger answers as the in-memory one does, whatever is asked in whatever order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import DomainError
from domain.ports.stock import StockLedger
from domain.stock.hold import StockLine
from tests.support.goods import put_on_shelf, unbalanced
from tests.support.port_worlds import memory_world, postgres_world

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHELF = {"tea": 12, "cup": 7, "Pot": 3, "杯": 5}


async def one_step(chance: random.Random, ledger: StockLedger, minute: int) -> object:
    """A random call; the same `chance` makes the same call on another ledger."""
    reference = f"ord_{chance.randrange(8)}"
    now = NOON + timedelta(minutes=minute)
    lines = [StockLine(chance.choice(list(SHELF)), chance.randint(1, 3)) for _ in range(chance.randint(1, 4))]
    until = now + timedelta(minutes=chance.randint(1, 10))
    call = chance.choice(["take", "take", "confirm", "release", "restock", "expire"])
    try:
        match call:
            case "take":
                return await ledger.take_holds(reference, lines, until)
            case "confirm":
                return await ledger.confirm_holds(reference, now)
            case "release":
                return await ledger.release_holds(reference)
            case "restock":
                return await ledger.restock(reference)
            case _:
                return await ledger.expire_holds(now, 2)
    except DomainError as error:
        return str(error)


@pytest.mark.parametrize("seed", range(12))
async def test_any_sequence_of_calls_gets_the_same_answers_and_leaves_the_same_counts(
    stock_database: str, seed: int
) -> None:
    memory = memory_world()
    await put_on_shelf(memory.catalogue, **SHELF)
    async with postgres_world(stock_database) as world:
        await put_on_shelf(world.catalogue, **SHELF)

        for minute in range(60):
            expected = await one_step(random.Random(f"{seed}/{minute}"), memory.stock, minute)
            answer = await one_step(random.Random(f"{seed}/{minute}"), world.stock, minute)
            assert answer == expected

        assert [await world.stock.level(sku) for sku in SHELF] == [
            await memory.stock.level(sku) for sku in SHELF
        ]
        assert world.pool is not None
        assert await unbalanced(world.pool, **SHELF) == []
