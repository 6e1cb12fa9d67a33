"""Base prices and fees on PostgreSQL, read at a place and time. A page is one query, whatever its size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.catalogue.items import BasePrice, Category
from domain.money import Money
from domain.ports.prices import BasePage
from domain.pricing.book import DeliveryFee, FeeRules, ItemPrice
from domain.pricing.documents import fee_rules_from

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import asyncpg

    from adapters.postgres.pool import Pool
    from domain.ports.prices import PlaceAndTime

# Of the prices that hold then, the region's own goes before the one for everywhere, and a passing one before
# a standing one. The currency's fee rules come in a row of their own, as no SKU may be found.
_PAGE = """
WITH page AS (
    SELECT DISTINCT ON (i.sku) i.sku, i.merchant_id, i.title, i.category,
           p.region, p.market_price, p.discount_price, p.listed_price, f.amount AS fee, f.free_from
    FROM catalogue_items i
    JOIN item_prices p ON p.sku = i.sku AND p.currency = $2 AND p.region IN ('', $3)
        AND p.valid_from <= $4 AND coalesce(p.valid_until, 'infinity') > $4
    LEFT JOIN delivery_fees f ON f.merchant_id = i.merchant_id AND f.currency = $2
    WHERE i.sku = ANY ($1)
    ORDER BY i.sku, p.region DESC, p.passing DESC
)
SELECT page.*, r.document AS rules
FROM page FULL JOIN (SELECT document FROM fee_rules WHERE currency = $2) r ON false
"""
_NEXT_TURN = """
SELECT min(turn) FROM item_prices p, LATERAL (VALUES (p.valid_from), (p.valid_until)) AS turns (turn)
WHERE p.sku = ANY ($1) AND p.currency = $2 AND p.region IN ('', $3) AND turn > $4
    AND coalesce(p.valid_until, 'infinity') > $4
"""
_VERSION = "SELECT version FROM price_book_version"


class PostgresPriceBook:
    """`domain.ports.prices.PriceBook`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, skus: Collection[str], place: PlaceAndTime) -> BasePage:
        """See the port."""
        currency = place.currency
        rows = await self._pool.fetch(_PAGE, sorted(set(skus)), currency, place.region, place.at)
        items = {row["sku"]: _item_price(row, currency) for row in rows if row["sku"] is not None}
        delivery = {row["merchant_id"]: _fee(row, currency) for row in rows if row["fee"] is not None}
        return BasePage(items, replace(_rules(rows, currency), delivery=delivery))

    async def next_turn(self, skus: Collection[str], place: PlaceAndTime) -> datetime | None:
        """See the port."""
        wanted = sorted(set(skus))
        turn: datetime | None = await self._pool.fetchval(
            _NEXT_TURN, wanted, place.currency, place.region, place.at
        )
        return turn

    async def version(self) -> int:
        """See the port."""
        version: int = await self._pool.fetchval(_VERSION)
        return version


def _rules(rows: list[asyncpg.Record], currency: str) -> FeeRules:
    document = next((row["rules"] for row in rows if row["rules"] is not None), None)
    return FeeRules() if document is None else fee_rules_from(document, currency)


def _item_price(row: asyncpg.Record, currency: str) -> ItemPrice:
    return ItemPrice(
        row["sku"], row["merchant_id"], row["title"], Category(row["category"]), price_of(row, currency)
    )


def _fee(row: asyncpg.Record, currency: str) -> DeliveryFee:
    return DeliveryFee(Money(row["fee"], currency), row["free_from"])


def price_of(row: asyncpg.Record, currency: str) -> BasePrice:
    """The base price in a row of `item_prices`."""
    listed = row["listed_price"]
    return BasePrice(
        market_price=Money(row["market_price"], currency),
        discount_price=Money(row["discount_price"], currency),
        listed_price=None if listed is None else Money(listed, currency),
        region=row["region"],
    )
