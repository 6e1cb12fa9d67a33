"""A price list from before prices had times goes on as it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from unittest.mock import patch

import asyncpg
import pytest

from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import open_pool
from adapters.postgres.price_book import PostgresPriceBook
from domain.money import Money
from domain.pricing.book import DeliveryFee
from ops.servers import Servers
from tests.support.offers import MAY, a_price, an_item, in_china
from tests.support.servers import postgres_of

_OLD_ROWS = """
INSERT INTO catalogue_items (sku, merchant_id, title, category) VALUES ('tea', 'm1', '《tea》', 'physical');
INSERT INTO item_prices (sku, currency, market_price, discount_price)
    VALUES ('tea', 'CNY', 200, 150), ('tea', 'EUR', 20, 20);
INSERT INTO delivery_fees (merchant_id, currency, amount) VALUES ('m1', 'CNY', 1000);
"""


@pytest.fixture
async def old_database(servers: Servers) -> AsyncIterator[str]:
    """As the release before this table's change left it."""
    postgres = postgres_of(servers)
    url = postgres.create_database("orderkeep_test_old_prices")
    with patch("adapters.postgres.migrations.NEWEST", "0004"):
        await asyncio.to_thread(migrate, url)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_OLD_ROWS)
    finally:
        await connection.close()
    yield url
    postgres.drop_database("orderkeep_test_old_prices")


async def test_old_prices_and_fees_hold_everywhere_and_at_all_times(
    old_database: str,
) -> None:
    await asyncio.to_thread(migrate, old_database)

    pool = await open_pool(old_database, application="test")
    try:
        book = PostgresPriceBook(pool)
        pages = [await book.page(["tea"], in_china(at, "CN")) for at in (MAY, datetime.now(UTC))]
        await PostgresCatalogue(pool).put_items([an_item("tea", a_price(discount=120))])
        changed = await book.page(["tea"], in_china(datetime.now(UTC)))
        past = await book.page(["tea"], in_china())
    finally:
        await pool.close()

    assert [page.items["tea"].price for page in pages] == [a_price("CNY", 200, 150)] * 2
    assert pages[0].fees.delivery == {"m1": DeliveryFee(Money(1_000, "CNY"))}
    assert changed.items["tea"].price == a_price(discount=120)
    assert past.items["tea"].price == a_price(discount=150)
