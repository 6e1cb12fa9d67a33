"""Reading and writing prices costs the same number of queries for one line as for a thousand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import pytest

from adapters.postgres.catalogue import PostgresCatalogue, PostgresPriceBook
from adapters.postgres.pool import open_pool
from adapters.postgres.stock import PostgresStockLedger
from domain.money import Money
from domain.stock.hold import StockLine
from tests.support.goods import an_item

SKUS = [f"sku-{number:04}" for number in range(1_000)]
Call = Callable[[asyncpg.Pool, list[str]], Awaitable[object]]


@asynccontextmanager
async def counted(url: str) -> AsyncIterator[tuple[asyncpg.Pool, list[str]]]:
    """A pool of one connection, and what it sends from now on."""
    sent: list[str] = []
    pool = await open_pool(url, application="test", largest=1)
    try:
        await PostgresCatalogue(pool).put_items([an_item(sku, 100) for sku in SKUS])
        await PostgresCatalogue(pool).put_delivery_fee("m1", Money(1_000, "CNY"))
        async with pool.acquire() as session:
            session.add_query_logger(lambda record: sent.append(record.query))
        yield pool, sent
    finally:
        await pool.close()


async def page(pool: asyncpg.Pool, skus: list[str]) -> object:
    found = await PostgresPriceBook(pool).page(skus, "CNY")
    assert len(found.items) == len(skus)
    return found


async def take(pool: asyncpg.Pool, skus: list[str]) -> object:
    lines = [StockLine(sku, 1) for sku in skus]
    return await PostgresStockLedger(pool).take_holds(f"ord_{len(skus)}", lines, datetime.now(UTC))


async def put(pool: asyncpg.Pool, skus: list[str]) -> None:
    await PostgresCatalogue(pool).put_items([an_item(sku, 1) for sku in skus])


@pytest.mark.parametrize(("call", "queries"), [(page, 1), (take, 1), (put, 6)])
async def test_a_thousand_lines_cost_as_many_queries_as_one(
    fresh_database: str, call: Call, queries: int
) -> None:
    async with counted(fresh_database) as (pool, sent):
        await call(pool, SKUS[:1])
        few = len(sent)
        await call(pool, SKUS)

    assert (few, len(sent) - few) == (queries, queries)
