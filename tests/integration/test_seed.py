"""The demo catalogue: something of every kind, and a second start that refills nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.postgres.pool import open_pool
from adapters.postgres.price_book import PostgresPriceBook
from adapters.postgres.stock import PostgresStockLedger
from domain.catalogue.items import Category
from domain.money import Money
from domain.ports.prices import PlaceAndTime
from domain.pricing.book import DeliveryFee
from domain.stock.hold import StockLine
from ops.seed import DEMO_ITEMS, LAST_UNIT, TEA, seed

SKUS = [item.sku for item in DEMO_ITEMS]


async def test_there_is_something_of_every_kind_in_every_currency(fresh_database: str) -> None:
    await seed(fresh_database)

    pool = await open_pool(fresh_database, application="test")
    try:
        places = [PlaceAndTime(currency, "", datetime.now(UTC)) for currency in ("CNY", "EUR", "GBP")]
        pages = [await PostgresPriceBook(pool).page(SKUS, place) for place in places]
    finally:
        await pool.close()
    assert all({item.category for item in page.items.values()} == set(Category) for page in pages)
    assert len({item.merchant_id for page in pages for item in page.items.values()}) == 3
    assert pages[0].fees.delivery == {TEA: DeliveryFee(Money(1_000, "CNY"))}


async def test_seeding_again_does_not_bring_back_what_was_sold(fresh_database: str) -> None:
    await seed(fresh_database)
    pool = await open_pool(fresh_database, application="test")
    try:
        ledger = PostgresStockLedger(pool)
        now = datetime.now(UTC)
        await ledger.take_holds("ord_1", [StockLine(LAST_UNIT, 1)], now)
        await ledger.confirm_holds("ord_1", now)
        before = [await ledger.level(sku) for sku in SKUS]

        await seed(fresh_database)

        assert [await ledger.level(sku) for sku in SKUS] == before
    finally:
        await pool.close()
