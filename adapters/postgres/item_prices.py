"""Items and the timetables of their prices on PostgreSQL, read and written inside somebody's transaction."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from adapters.postgres.price_book import price_of
from domain.catalogue.timetable import PriceSpan, Timetable
from domain.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from adapters.postgres.pool import Pool, Session
    from domain.catalogue.items import BasePrice, CatalogueItem

# In SKU order, as holds lock them, so that a price list and an order never wait in a circle.
_PUT_ITEMS = """
INSERT INTO catalogue_items AS c (sku, merchant_id, title, category)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n (sku, merchant_id, title, category)
ORDER BY n.sku COLLATE "C"
ON CONFLICT (sku) DO UPDATE SET merchant_id = excluded.merchant_id, title = excluded.title,
    category = excluded.category, changed_at = now()
WHERE (c.merchant_id, c.title, c.category) IS DISTINCT FROM
    (excluded.merchant_id, excluded.title, excluded.category)
"""
_KNOWN = "SELECT sku FROM catalogue_items WHERE sku = $1 FOR NO KEY UPDATE"
_OWNERS = "SELECT sku, merchant_id FROM catalogue_items WHERE sku = ANY ($1)"
_PUT_STOCK = "SELECT put_free_goods($1::text[], $2::bigint[])"
# However long a SKU's history is: what holds since then, and of each place that is to be priced the oldest.
_SPANS = """
SELECT s.*, nullif(s.valid_from, '-infinity') AS since FROM (
    SELECT * FROM item_prices p WHERE p.sku = ANY ($1) AND coalesce(p.valid_until, 'infinity') > $2
    UNION
    SELECT oldest.* FROM unnest($3::text[], $4::text[], $5::text[]) AS w (sku, currency, region), LATERAL (
        SELECT * FROM item_prices p
        WHERE p.sku = w.sku AND p.currency = w.currency AND p.region = w.region
        ORDER BY p.passing, p.valid_from LIMIT 1
    ) AS oldest
) AS s
"""
_DROP = """
DELETE FROM item_prices p
USING unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[])
    AS o (sku, currency, region, passing, valid_from)
WHERE p.sku = o.sku AND p.currency = o.currency AND p.region = o.region AND p.passing = o.passing
    AND p.valid_from = coalesce(o.valid_from, '-infinity')
"""
_ADD = """
INSERT INTO item_prices (sku, currency, region, passing, valid_from, valid_until, market_price,
    discount_price, listed_price)
SELECT n.sku, n.currency, n.region, n.passing, coalesce(n.valid_from, '-infinity'), n.valid_until, n.market,
    n.discount, n.listed
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[], $6::timestamptz[],
    $7::bigint[], $8::bigint[], $9::bigint[])
    AS n (sku, currency, region, passing, valid_from, valid_until, market, discount, listed)
"""
_Row = tuple[str, PriceSpan]


async def is_known(session: Session, sku: str) -> bool:
    """True for a SKU in the catalogue; its row is locked until the transaction ends."""
    return await session.fetchval(_KNOWN, sku) is not None


async def owners(session: Session | Pool, skus: Collection[str]) -> Mapping[str, str]:
    """The merchant of each SKU that exists."""
    rows = await session.fetch(_OWNERS, list(skus))
    return {row["sku"]: row["merchant_id"] for row in rows}


async def put_items(session: Session, items: Collection[CatalogueItem]) -> bool:
    """Create or replace items without their prices; True when one was new or differs."""
    done = await session.execute(
        _PUT_ITEMS,
        [item.sku for item in items],
        [item.merchant_id for item in items],
        [item.title for item in items],
        [item.category.value for item in items],
    )
    return not done.endswith(" 0")


async def put_stock(session: Session, stock: Mapping[str, int]) -> None:
    """Set what is free of each SKU; the main warehouse's shelf has the difference.

    Raises `InvalidValueError` when more is free of a SKU in other warehouses than can be.
    """
    if await session.fetch(_PUT_STOCK, list(stock), list(stock.values())):
        raise InvalidValueError(field="stock", rule="not less than what is free in other warehouses")


async def timetables(
    session: Session, wanted: Mapping[str, Collection[BasePrice]], since: datetime
) -> Mapping[str, Timetable]:
    """The timetable of each SKU that is to get the `wanted` prices, empty for one without prices.

    What ended before `since` may be left out, but for one span of each place that had a price.
    """
    prices = [(sku, price.market_price.currency, price.region) for sku in wanted for price in wanted[sku]]
    places = ([row[part] for row in prices] for part in range(3))
    found: defaultdict[str, list[PriceSpan]] = defaultdict(list)
    for row in await session.fetch(_SPANS, list(wanted), since, *places):
        price = price_of(row, row["currency"])
        found[row["sku"]].append(PriceSpan(price, row["since"], row["valid_until"], row["passing"]))
    return {sku: tuple(found[sku]) for sku in wanted}


async def replace_timetables(
    session: Session, old: Mapping[str, Timetable], new: Mapping[str, Timetable]
) -> None:
    """Write what differs: two statements, whatever their number."""
    await _drop(session, _differing(old, new))
    await _add(session, _differing(new, old))


def _differing(ours: Mapping[str, Timetable], others: Mapping[str, Timetable]) -> list[_Row]:
    return [(sku, span) for sku, spans in ours.items() for span in spans if span not in others[sku]]


async def _drop(session: Session, rows: list[_Row]) -> None:
    await session.execute(_DROP, *_keys(rows))


async def _add(session: Session, rows: list[_Row]) -> None:
    prices = [span.price for _, span in rows]
    await session.execute(
        _ADD,
        *_keys(rows),
        [span.ends_at for _, span in rows],
        [price.market_price.amount for price in prices],
        [price.discount_price.amount for price in prices],
        [price.listed_price.amount if price.listed_price is not None else None for price in prices],
    )


def _keys(rows: Iterable[_Row]) -> tuple[list[object], ...]:
    listed = list(rows)
    return (
        [sku for sku, _ in listed],
        [span.place[0] for _, span in listed],
        [span.place[1] for _, span in listed],
        [span.passing for _, span in listed],
        [span.starts_at for _, span in listed],
    )
