"""Buyers, vouchers and what is left of everything counted, on PostgreSQL. One query for each question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.catalogue.buyers import Buyer
from domain.ports.prices import Wallet
from domain.pricing.documents import voucher_from
from domain.stock.allowance import FOR_ONE_BUYER

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import asyncpg

    from adapters.postgres.pool import Pool
    from domain.stock.allowance import Allowance

# Orders that hold goods or have sold ones, besides those that were placed elsewhere.
_WALLET = """
SELECT b.registered_at, coalesce(b.total_orders, 0) + (
           SELECT count(*) FROM holds h
           WHERE h.buyer_id = $1 AND h.buyer_id <> '' AND h.kind = 'order'
               AND h.status IN ('active', 'confirmed') AND NOT h.reference = ANY ($4)
       ) AS total_orders,
       coalesce(b.segments, '{}') AS segments, v.document AS voucher
FROM (SELECT 1) AS always
LEFT JOIN buyers b ON b.id = $1
LEFT JOIN vouchers v ON v.code = $2 AND v.currency = $3
"""
_LEFT = """
SELECT w.place, a.available, coalesce(a.held + a.consumed, 0) AS used, coalesce((
           SELECT sum(c.quantity)::bigint FROM hold_allowances c JOIN holds h ON h.reference = c.reference
           WHERE (c.kind, c.subject, c.sku, c.buyer_id) = (a.kind, a.subject, a.sku, a.buyer_id)
               AND c.reference = ANY ($5) AND h.status = 'active'
       ), 0) AS own
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
    AS w (kind, subject, sku, buyer_id, place)
LEFT JOIN allowances a ON (a.kind, a.subject, a.sku, a.buyer_id) = (w.kind, w.subject, w.sku, w.buyer_id)
"""


class PostgresWallets:
    """`domain.ports.prices.Wallets`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def wallet(
        self, buyer_id: str | None, voucher_code: str, currency: str, own: Collection[str]
    ) -> Wallet:
        """See the port. A voucher of another currency is not found."""
        row = await self._pool.fetchrow(_WALLET, buyer_id, voucher_code, currency, list(own))
        assert row is not None  # it selects from one row
        buyer = None if buyer_id is None else _buyer(buyer_id, row)
        return Wallet(buyer, None if row["voucher"] is None else voucher_from(row["voucher"]))

    async def left(
        self, wanted: Mapping[Allowance, int | None], own: Collection[str]
    ) -> Mapping[Allowance, int]:
        """See the port."""
        names = list(wanted)
        rows = await self._pool.fetch(
            _LEFT,
            [name.kind for name in names],
            [name.subject for name in names],
            [name.sku for name in names],
            [name.buyer_id for name in names],
            list(own),
        )
        counts = ((names[row["place"] - 1], row) for row in rows)
        left = ((name, _left(name, wanted[name], row)) for name, row in counts)
        return {name: free for name, free in left if free is not None}


def _buyer(buyer_id: str, row: asyncpg.Record) -> Buyer:
    return Buyer(buyer_id, row["registered_at"], row["total_orders"], frozenset(row["segments"]))


def _left(name: Allowance, limit: int | None, row: asyncpg.Record) -> int | None:
    """Of what counts for one buyer, the limit is today's, which may have been lowered below what is used."""
    free: int | None = row["available"]
    if name.kind in FOR_ONE_BUYER and limit is not None:
        free = limit - row["used"]
    return None if free is None else max(free + row["own"], 0)
