"""Reading and writing prices costs the same number of queries for one line as for a thousand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import pytest

from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.pool import open_pool
from adapters.postgres.price_book import PostgresPriceBook
from adapters.postgres.promotions import PostgresPromotions
from adapters.postgres.stock import PostgresStockLedger
from adapters.postgres.wallets import PostgresWallets
from domain.money import Money
from domain.pricing.book import FeeRules, PlatformFee
from domain.stock.allowance import Allowance
from domain.stock.hold import StockLine
from tests.support.goods import an_item
from tests.support.offers import ANN, a_price, a_promotion, in_china, on_page
from tests.support.offers import an_item as an_item_of

SKUS = [f"sku-{number:04}" for number in range(1_000)]
Call = Callable[[asyncpg.Pool, list[str]], Awaitable[object]]


@asynccontextmanager
async def counted(url: str) -> AsyncIterator[tuple[asyncpg.Pool, list[str]]]:
    """A pool of one connection to a filled price book, and what it sends from now on."""
    sent: list[str] = []
    pool = await open_pool(url, application="test", largest=1)
    catalogue = PostgresCatalogue(pool)
    try:
        await catalogue.put_items([an_item(sku, 100) for sku in SKUS])
        await catalogue.put_delivery_fee("m1", Money(1_000, "CNY"))
        await catalogue.put_fee_rules("CNY", FeeRules(platform=PlatformFee(amount=50)), ANN)
        for number in range(50):
            promotion = a_promotion(f"promotion-{number:02}", has_quota=True)
            await catalogue.put_promotion(promotion, {"sku-0000": 5}, ANN)
        async with pool.acquire() as session:
            session.add_query_logger(lambda record: sent.append(record.query))
        yield pool, sent
    finally:
        await pool.close()


async def page(pool: asyncpg.Pool, skus: list[str]) -> object:
    found = await PostgresPriceBook(pool).page(skus, in_china())
    assert len(found.items) == len(skus)
    assert found.fees.platform == PlatformFee(amount=50)
    return found


async def promotions(pool: asyncpg.Pool, skus: list[str]) -> object:
    goods = [on_page(an_item(sku, None)) for sku in skus]
    found = await PostgresPromotions(pool).active(goods, in_china(), ["vip"])
    assert len(found) == 50
    return found


async def wallet(pool: asyncpg.Pool, skus: list[str]) -> object:
    return await PostgresWallets(pool).wallet("anna", "HELLO", "CNY", skus)


async def left(pool: asyncpg.Pool, skus: list[str]) -> object:
    wanted = dict.fromkeys(Allowance.of_promotion("promotion-00", sku) for sku in skus)
    found = await PostgresWallets(pool).left(wanted, skus)
    assert list(found.values()) == [5]
    return found


async def take(pool: asyncpg.Pool, skus: list[str]) -> object:
    lines = [StockLine(sku, 1) for sku in skus]
    return await PostgresStockLedger(pool).take_holds(f"ord_{len(skus)}", lines, datetime.now(UTC))


async def put(pool: asyncpg.Pool, skus: list[str]) -> None:
    await PostgresCatalogue(pool).put_items([an_item(sku, 1) for sku in skus])


async def change(pool: asyncpg.Pool, skus: list[str]) -> None:
    price = a_price(discount=len(skus) % 150 + 1)
    await PostgresCatalogue(pool).put_items([an_item_of(sku, price, stock=1) for sku in skus])


@pytest.mark.parametrize(
    ("call", "queries"),
    [(page, 1), (promotions, 1), (wallet, 1), (left, 1), (take, 1), (put, 8), (change, 9)],
)
async def test_a_thousand_lines_cost_as_many_queries_as_one(
    fresh_database: str, call: Call, queries: int
) -> None:
    async with counted(fresh_database) as (pool, sent):
        await call(pool, SKUS[:1])
        few = len(sent)
        await call(pool, SKUS)

    assert (few, len(sent) - few) == (queries, queries)
