"""Builders for stock: items on a shelf, and the account that must always balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from domain.ports.catalogue import Catalogue

# One row for each SKU whose counts do not say what its holds say.
_UNBALANCED = """
SELECT i.sku, i.available, i.held, i.sold, p.put,
       coalesce(sum(l.quantity) FILTER (WHERE h.status = 'active'), 0) AS active,
       coalesce(sum(l.quantity) FILTER (WHERE h.status = 'confirmed'), 0) AS confirmed
FROM stock_items i
JOIN unnest($1::text[], $2::bigint[]) AS p (sku, put) ON p.sku = i.sku
LEFT JOIN hold_lines l ON l.sku = i.sku LEFT JOIN holds h ON h.reference = l.reference
GROUP BY i.sku, p.put
HAVING i.available + i.held + i.sold <> p.put
    OR i.held <> coalesce(sum(l.quantity) FILTER (WHERE h.status = 'active'), 0)
    OR i.sold <> coalesce(sum(l.quantity) FILTER (WHERE h.status = 'confirmed'), 0)
"""


def an_item(sku: str, stock: int | None) -> CatalogueItem:
    """A physical item of merchant m1 for 1.50 CNY."""
    price = BasePrice(Money(200, "CNY"), Money(150, "CNY"))
    return CatalogueItem(sku, "m1", f"Title of {sku}", Category.PHYSICAL, (price,), stock)


async def put_on_shelf(catalogue: Catalogue, **stock: int) -> None:
    """Set what is available of each SKU."""
    await catalogue.put_items([an_item(sku, count) for sku, count in stock.items()])


async def unbalanced(pool: Pool, **put: int) -> list[dict[str, object]]:
    """The SKUs of which `put` units came in and whose available + held + sold do not account for them."""
    rows = await pool.fetch(_UNBALANCED, list(put), list(put.values()))
    return [dict(row) for row in rows]
