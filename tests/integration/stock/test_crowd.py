"""A crowd of carts, orders, sweepers and merchants at once on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.postgres.stock_audit import contradictions
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import StockLine
from tests.support.shelves import LATER, NOON, Shelf, a_cart, an_order, postgres_shelf

SKUS = [f"sku-{number}" for number in range(6)]
QUOTAS = {sku: Allowance.of_promotion(f"p{number % 2}", sku) for number, sku in enumerate(SKUS)}
POINTS = {buyer: Allowance.of_points(buyer) for buyer in ("ann", "bob", "eve")}
GOODS, UNITS, TURNS, BUYERS = 90, 60, 5, 30
# As the price book writes: all rows of one table in the order of its key, each table by itself.
PUT_QUOTAS = """
INSERT INTO allowances (kind, subject, sku, available)
SELECT 'promotion', 'p' || n % 2, 'sku-' || n, 0 FROM generate_series(0, 5) AS n ORDER BY 2, 3
ON CONFLICT (kind, subject, sku, buyer_id) DO UPDATE SET available = allowances.available
"""
PUT_GOODS = """
INSERT INTO stock_items (sku, available) SELECT 'sku-' || n, 0 FROM generate_series(0, 5) AS n ORDER BY 1
ON CONFLICT (sku) DO UPDATE SET available = stock_items.available
"""


@pytest.fixture
async def shelf(fresh_database: str) -> AsyncIterator[Shelf]:
    async with postgres_shelf(fresh_database) as found:
        await found.put(**dict.fromkeys(SKUS, GOODS))
        for allowance in (*QUOTAS.values(), *POINTS.values()):
            await found.allow(allowance, UNITS)
        yield found


class CrowdedBuyer:
    """Fills carts, orders what is in them and in those of others, pays, cancels, sends back."""

    def __init__(self, shelf: Shelf, number: int) -> None:
        self.ledger = shelf.ledger
        self.number = number
        self.chance = random.Random(number)
        self.name = self.chance.choice(list(POINTS))
        self.answers: Counter[str] = Counter()

    async def shop(self) -> Counter[str]:
        for turn in range(TURNS):
            await self.one_order(turn)
        return self.answers

    async def one_order(self, turn: int) -> None:
        chance = self.chance
        lines = tuple(StockLine(sku, chance.randint(1, 2)) for sku in chance.sample(SKUS, 3))
        claims, own = self.claims(lines), f"cart_{self.number}_{turn}"
        cart = a_cart(own, *claims, buyer=self.name, until=NOON + timedelta(minutes=chance.randint(0, 2)))
        await self.ledger.take(replace(cart, lines=lines))
        others = tuple(f"cart_{chance.randrange(BUYERS)}_{turn}" for _ in range(3))
        order = an_order(
            f"ord_{own}", *reversed(claims), buyer=self.name, converts=tuple(chance.sample((own, *others), 4))
        )
        taken = await self.ledger.take(replace(order, lines=lines))
        self.answers["refused" if taken.refused else "taken"] += 1
        if not taken.refused:
            await self.fate(order.reference)

    def claims(self, lines: tuple[StockLine, ...]) -> list[Claim]:
        promoted = [Claim(QUOTAS[line.sku], line.quantity) for line in lines]
        limited = [
            Claim(Allowance.of_promotion_for(c.allowance.subject, c.allowance.sku, self.name), 1, limit)
            for c, limit in zip(promoted, (30, 20, self.chance.randint(1, 9)), strict=True)
        ]
        return [*promoted, *limited, Claim(POINTS[self.name], 1)]

    async def fate(self, reference: str) -> None:
        if self.chance.random() < 0.7:
            await self.ledger.confirm_holds(reference, LATER)
        if self.chance.random() < 0.5:
            await self.chance.choice([self.ledger.release_holds, self.ledger.restock])(reference)


async def test_nothing_is_lost_and_nobody_waits_in_a_circle(shelf: Shelf) -> None:
    """A deadlock would end one of the calls with an error, and so this test."""
    pool = shelf.pool
    assert pool is not None

    async def sweeper() -> None:
        for _ in range(40):
            await shelf.ledger.expire_holds(NOON + timedelta(minutes=1), 5)

    async def merchant() -> None:
        for _ in range(40):
            await pool.execute(PUT_QUOTAS)
            await pool.execute(PUT_GOODS)

    buyers = (CrowdedBuyer(shelf, number).shop() for number in range(BUYERS))
    *answers, _, _, _ = await asyncio.gather(*buyers, sweeper(), sweeper(), merchant())

    counted: Counter[str] = sum((answer for answer in answers if answer), Counter())
    assert counted["taken"] > 20
    assert counted["refused"] > 20
    assert await contradictions(pool) == ()
    for sku in SKUS:
        assert sum(await shelf.goods(sku)) == GOODS
    for allowance in (*QUOTAS.values(), *POINTS.values()):
        assert sum(await shelf.counts(allowance)) == UNITS
    fates = await pool.fetch("SELECT DISTINCT status FROM holds")
    assert {row["status"] for row in fates} >= {"confirmed", "released", "expired", "restocked", "converted"}
