"""Setting what is free of something counted, on PostgreSQL; what is held and consumed stays so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.stock.allowance import Allowance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.pool import Pool, Session

# In the order of the key, as holds lock them.
_FREE = """
SELECT sku, available FROM allowances WHERE kind = $1 AND subject = $2 ORDER BY sku, buyer_id FOR UPDATE
"""
_PUT = """
INSERT INTO allowances (kind, subject, sku, available)
SELECT $1, $2, n.sku, n.available FROM unnest($3::text[], $4::bigint[]) AS n (sku, available)
ORDER BY n.sku COLLATE "C"
ON CONFLICT (kind, subject, sku, buyer_id) DO UPDATE SET available = excluded.available
"""
_DROP = "DELETE FROM allowances WHERE kind = $1 AND subject = $2"


async def free_by_sku(session: Session, counted: Allowance) -> dict[str, int]:
    """What is free of each SKU under the kind and subject of `counted`, locked until the transaction ends."""
    rows = await session.fetch(_FREE, counted.kind, counted.subject)
    return {row["sku"]: row["available"] for row in rows}


async def set_free(session: Session | Pool, counted: Allowance, free: Mapping[str, int]) -> None:
    """Set what is free of each SKU under the kind and subject of `counted`."""
    await session.execute(_PUT, counted.kind, counted.subject, list(free), list(free.values()))


async def stop_counting(session: Session, counted: Allowance) -> None:
    """Forget the counts under the kind and subject of `counted`, and what holds claim of them."""
    await session.execute(_DROP, counted.kind, counted.subject)
