"""Catalogue and price book on PostgreSQL. A page is one query, for one line as for a thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.catalogue.items import BasePrice, Category
from domain.money import Money
from domain.pricing.calculate import ItemPrice, PriceBookPage

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import asyncpg

    from adapters.postgres.pool import Pool, Session
    from domain.catalogue.items import CatalogueItem

_PAGE = """
SELECT i.sku, i.merchant_id, i.title, i.category, p.market_price, p.discount_price, f.amount AS fee
FROM catalogue_items i
JOIN item_prices p ON p.sku = i.sku AND p.currency = $2
LEFT JOIN delivery_fees f ON f.merchant_id = i.merchant_id AND f.currency = $2
WHERE i.sku = ANY ($1)
"""
# In SKU order, as holds lock them, so that a price list and an order never wait in a circle.
_PUT_ITEMS = """
INSERT INTO catalogue_items (sku, merchant_id, title, category)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n (sku, merchant_id, title, category)
ORDER BY n.sku COLLATE "C"
ON CONFLICT (sku) DO UPDATE SET merchant_id = excluded.merchant_id, title = excluded.title,
    category = excluded.category, changed_at = now()
"""
_DROP_PRICES = "DELETE FROM item_prices WHERE sku = ANY ($1)"
_PUT_PRICES = (
    "INSERT INTO item_prices SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])"
)
_PUT_STOCK = """
INSERT INTO stock_items (sku, available)
SELECT * FROM unnest($1::text[], $2::bigint[]) AS n (sku, available) ORDER BY n.sku COLLATE "C"
ON CONFLICT (sku) DO UPDATE SET available = excluded.available
"""
_PUT_FEE = """
INSERT INTO delivery_fees (merchant_id, currency, amount) VALUES ($1, $2, $3)
ON CONFLICT (merchant_id, currency) DO UPDATE SET amount = excluded.amount
"""
_DROP_FEE = "DELETE FROM delivery_fees WHERE merchant_id = $1 AND currency = $2"


class PostgresPriceBook:
    """`domain.ports.prices.PriceBook`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, skus: Collection[str], currency: str) -> PriceBookPage:
        """See the port."""
        rows = await self._pool.fetch(_PAGE, sorted(set(skus)), currency)
        items = {row["sku"]: _item_price(row, currency) for row in rows}
        fees = {row["merchant_id"]: Money(row["fee"], currency) for row in rows if row["fee"] is not None}
        return PriceBookPage(currency, items, fees)


class PostgresCatalogue:
    """`domain.ports.prices.Catalogue`. Four statements for any number of items, in one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put_items(self, items: Sequence[CatalogueItem]) -> None:
        """See the port; of two items with one SKU the later counts."""
        newest = {item.sku: item for item in items}
        stock = {item.sku: item.stock for item in items if item.stock is not None}
        async with self._pool.acquire() as session, session.transaction():
            await _put(session, list(newest.values()))
            await session.execute(_PUT_STOCK, list(stock), list(stock.values()))

    async def put_delivery_fee(self, merchant_id: str, fee: Money) -> None:
        """See the port."""
        if fee.is_zero:
            await self._pool.execute(_DROP_FEE, merchant_id, fee.currency)
        else:
            await self._pool.execute(_PUT_FEE, merchant_id, fee.currency, fee.amount)


async def _put(session: Session, items: Sequence[CatalogueItem]) -> None:
    skus = [item.sku for item in items]
    prices = [(item.sku, price.market_price, price.discount_price) for item in items for price in item.prices]
    await session.execute(
        _PUT_ITEMS,
        skus,
        [item.merchant_id for item in items],
        [item.title for item in items],
        [item.category.value for item in items],
    )
    await session.execute(_DROP_PRICES, skus)
    await session.execute(
        _PUT_PRICES,
        [sku for sku, _, _ in prices],
        [market.currency for _, market, _ in prices],
        [market.amount for _, market, _ in prices],
        [discount.amount for _, _, discount in prices],
    )


def _item_price(row: asyncpg.Record, currency: str) -> ItemPrice:
    market, discount = Money(row["market_price"], currency), Money(row["discount_price"], currency)
    price = BasePrice(market_price=market, discount_price=discount)
    return ItemPrice(row["sku"], row["merchant_id"], row["title"], Category(row["category"]), price)
