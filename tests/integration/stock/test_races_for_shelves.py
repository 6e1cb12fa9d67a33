"""Many hands on the same shelves of a real PostgreSQL: nothing below zero, nothing twice, no deadlock."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import asyncpg
import pytest

from adapters.postgres import warehouses
from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.stock_audit import contradictions
from domain.errors import InvalidValueError
from domain.stock.allocation import AllocatedUnits, WantedUnits
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import StockLine
from tests.support.goods import an_item
from tests.support.shelves import LATER, NOON, Shelf, an_order, postgres_shelf

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

PLACES = ("east", "main", "west")
SKUS = tuple(f"sku-{number}" for number in range(5))
POINTS = Allowance.of_points("ann")


@pytest.fixture
async def shelf(fresh_database: str) -> AsyncIterator[Shelf]:
    async with postgres_shelf(fresh_database) as found:
        yield found


def pool_of(shelf: Shelf) -> Pool:
    assert shelf.pool is not None
    return shelf.pool


async def sold(shelf: Shelf, reference: str, lines: Sequence[StockLine], *claims: Claim) -> bool:
    """Whether there was enough to sell this."""
    taken = await shelf.ledger.take(replace(an_order(reference, *claims), lines=tuple(lines)))
    return not taken.refused and not (await shelf.ledger.confirm_holds(reference, NOON)).refused


def wanted(lines: Sequence[StockLine]) -> list[WantedUnits]:
    return [WantedUnits(number, line.sku, line.quantity) for number, line in enumerate(lines, 1)]


@pytest.mark.parametrize("free_tries", [5, 0])
async def test_orders_that_empty_all_shelves_at_once_are_each_allocated_in_full(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, free_tries: int
) -> None:
    monkeypatch.setattr(warehouses, "FREE_TRIES", free_tries)
    for number, place in enumerate(PLACES):
        await shelf.warehouses.put_stock(place, "tea", 30 + number)
    lines = [StockLine("tea", 3)]
    for number in range(31):
        assert await sold(shelf, f"ord_{number}", lines)

    chosen = await asyncio.gather(
        *(shelf.warehouses.allocate(f"ord_{number}", wanted(lines)) for number in range(31))
    )

    assert {sum(units.quantity for units in each) for each in chosen} == {3}
    assert await shelf.lies("tea") == {"east": (0, 30), "main": (0, 31), "west": (0, 32)}
    assert await contradictions(pool_of(shelf)) == ()


async def test_an_order_that_is_allocated_from_everywhere_at_once_is_allocated_once(shelf: Shelf) -> None:
    await shelf.warehouses.put_stock("east", "tea", 2)
    await shelf.warehouses.put_stock("main", "tea", 9)
    for number in range(20):
        lines = [StockLine("tea", 3)]
        await shelf.warehouses.put_stock("main", "tea", 9)
        assert await sold(shelf, f"ord_{number}", lines)

        calls = (shelf.warehouses.allocate(f"ord_{number}", wanted(lines)) for _ in range(8))
        chosen = await asyncio.gather(*calls)

        assert set(chosen) == {(AllocatedUnits(1, "tea", 3, "main"),)}
    assert await shelf.lies("tea") == {"east": (2, 0), "main": (6, 60)}
    assert await contradictions(pool_of(shelf)) == ()


async def test_a_parcel_that_leaves_and_is_cancelled_at_once_has_left_whoever_comes_first(
    shelf: Shelf,
) -> None:
    await shelf.warehouses.put_stock("main", "tea", 160)
    for number in range(40):
        reference, lines = f"ord_{number}", [StockLine("tea", 4)]
        assert await sold(shelf, reference, lines)
        units = await shelf.warehouses.allocate(reference, wanted(lines))
        calls = [
            shelf.warehouses.hand_over(reference, "shp_1", units),
            shelf.warehouses.cancel_units(reference, "shp_1", units),
            shelf.warehouses.hand_over(reference, "shp_1", units),
            shelf.ledger.restock(reference),
        ]
        random.Random(number).shuffle(calls)

        await asyncio.gather(*calls)

    assert await shelf.goods("tea") == (0, 0, 0)
    assert await shelf.lies("tea") == {"main": (0, 0)}
    moved = await pool_of(shelf).fetch("SELECT DISTINCT kind FROM stock_movements WHERE quantity > 0")
    assert {row["kind"] for row in moved} == {"handed_over", "left_after_all", "cancelled"}
    assert await contradictions(pool_of(shelf)) == ()


class Counting:
    """Somebody with a scanner: shelves in all warehouses, and stock lists that do not say where."""

    def __init__(self, shelf: Shelf, number: int) -> None:
        self.shelf = shelf
        self.catalogue = PostgresCatalogue(pool_of(shelf))
        self.chance = random.Random(number)

    async def work(self) -> Counter[str]:
        done: Counter[str] = Counter()
        for _ in range(25):
            call = self.chance.choice([self.one_shelf, self.a_list])
            try:
                await call()
                done["counted"] += 1
            except InvalidValueError:
                done["less than promised"] += 1
            await asyncio.sleep(0.002 * self.chance.random())
        return done

    async def one_shelf(self) -> None:
        place, sku = self.chance.choice(PLACES), self.chance.choice(SKUS)
        await self.shelf.warehouses.put_stock(place, sku, self.chance.randint(0, 40))

    async def a_list(self) -> None:
        skus = self.chance.sample(SKUS, 3)
        await self.catalogue.put_items([an_item(sku, self.chance.randint(0, 40)) for sku in skus])


class Order:
    """Bought, then allocated, sent, cancelled, sent back and refunded, all at once and more than once."""

    def __init__(self, shelf: Shelf, number: int) -> None:
        self.shelf = shelf
        self.reference = f"ord_{number}"
        self.chance = random.Random(number)
        self.lines = [StockLine(sku, self.chance.randint(1, 4)) for sku in self.chance.sample(SKUS, 3)]

    async def live(self) -> Counter[str]:
        if not await sold(self.shelf, self.reference, self.lines, Claim(POINTS, 10)):
            return Counter(refused=1)
        places = self.shelf.warehouses
        units = await places.allocate(self.reference, wanted(self.lines))
        calls = [self.later(call) for _ in range(2) for call in self.fates(units)]
        await asyncio.gather(*calls)
        return Counter({"sold": 1, "parcels": len({each.warehouse_id for each in units})})

    def fates(self, units: tuple[AllocatedUnits, ...]) -> list[Awaitable[object]]:
        places, reference = self.shelf.warehouses, self.reference
        parcels = {place: [each for each in units if each.warehouse_id == place] for place in PLACES}
        back = [StockLine(line.sku, 1) for line in self.lines]
        moves: list[Awaitable[object]] = []
        for place, parcel in parcels.items():
            if self.chance.random() < 0.6:
                moves.append(places.hand_over(reference, place, parcel))
            if self.chance.random() < 0.3:
                moves.append(places.cancel_units(reference, place, parcel))
        moves.append(places.take_back(reference, "ret_1", back, self.chance.choice(PLACES)))
        moves.append(places.allocate(reference, wanted(self.lines)))
        moves.append(self.shelf.ledger.give_back(reference, "ref_1", 100, 0, 50))
        if self.chance.random() < 0.3:
            moves.append(self.shelf.ledger.restock(reference))
        return moves

    async def later(self, call: Awaitable[object]) -> None:
        await asyncio.sleep(0.01 * self.chance.random())
        await call


async def test_a_crowd_at_the_shelves_loses_nothing_and_nobody_waits_in_a_circle(shelf: Shelf) -> None:
    """A deadlock or a count below zero would end one of the calls with an error, and so this test."""
    for sku in SKUS:
        await shelf.warehouses.put_stock("main", sku, 40)
        await shelf.warehouses.put_stock("east", sku, 15)
    await shelf.allow(POINTS, 10_000)

    async def sweeper() -> None:
        for _ in range(20):
            await shelf.ledger.expire_holds(LATER, 5)
            await asyncio.sleep(0.002)

    orders = (Order(shelf, number).live() for number in range(60))
    counting = (Counting(shelf, number).work() for number in range(3))
    *answers, _ = await asyncio.gather(*orders, *counting, sweeper())

    total: Counter[str] = sum((answer for answer in answers if answer), Counter())
    assert total["sold"] > 20
    assert total["parcels"] >= total["sold"]  # how many are divided is luck; that each leaves is not
    assert total["counted"] > 20
    assert await contradictions(pool_of(shelf)) == ()
    moved = await pool_of(shelf).fetch("SELECT DISTINCT kind FROM stock_movements WHERE quantity > 0")
    assert {row["kind"] for row in moved} >= {"handed_over", "cancelled", "taken_back"}


async def test_the_database_itself_refuses_shelves_below_zero(shelf: Shelf) -> None:
    await shelf.warehouses.put_stock("main", "tea", 1)

    for column in ("on_shelf", "allocated"):
        with pytest.raises(asyncpg.CheckViolationError):
            await pool_of(shelf).execute(f"UPDATE shelves SET {column} = -1")
