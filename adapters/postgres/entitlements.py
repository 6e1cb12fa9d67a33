"""Rights to virtual goods on PostgreSQL: one row for each line of an order that has some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ports.entitlements import Entitlement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

    from adapters.postgres.pool import Pool
    from domain.order.shipments import Units
    from domain.ports.clock import Ids
    from domain.ports.entitlements import EntitledLine

_ISSUE = """
INSERT INTO entitlements (order_id, line, sku, quantity, code, issued_at)
SELECT $1, w.line, w.sku, w.quantity, w.code, $2
FROM unnest($3::integer[], $4::text[], $5::integer[], $6::text[]) AS w (line, sku, quantity, code)
ON CONFLICT (order_id, line) DO NOTHING
"""
# The largest word counts, so that a repeat and an older word that comes late change nothing.
_REVOKE = """
UPDATE entitlements e SET revoked = least(w.quantity, e.quantity),
    revoked_at = CASE WHEN w.quantity >= e.quantity THEN $2::timestamptz END
FROM unnest($3::integer[], $4::integer[]) AS w (line, quantity)
WHERE e.order_id = $1 AND e.line = w.line AND least(w.quantity, e.quantity) > e.revoked
"""
_OF_ORDER = """
SELECT order_id, line, sku, quantity - revoked AS quantity, code, issued_at, revoked_at
FROM entitlements WHERE order_id = $1 ORDER BY line
"""


class PostgresEntitlements:
    """`domain.ports.entitlements.Entitlements` over `entitlements`. `ids` makes the codes."""

    def __init__(self, pool: Pool, ids: Ids) -> None:
        self._pool = pool
        self._ids = ids

    async def issue(
        self, order_id: str, lines: Sequence[EntitledLine], now: datetime
    ) -> Sequence[Entitlement]:
        """See the port."""
        await self._pool.execute(
            _ISSUE,
            order_id,
            now,
            [line.line for line in lines],
            [line.sku for line in lines],
            [line.quantity for line in lines],
            [self._ids.new("ent") for _ in lines],
        )
        return await self.of_order(order_id)

    async def revoke(self, order_id: str, units: Sequence[Units], now: datetime) -> None:
        """See the port."""
        lines = [each.line for each in units]
        await self._pool.execute(_REVOKE, order_id, now, lines, [each.quantity for each in units])

    async def of_order(self, order_id: str) -> Sequence[Entitlement]:
        """See the port."""
        return tuple(_entitlement(row) for row in await self._pool.fetch(_OF_ORDER, order_id))


def _entitlement(row: asyncpg.Record) -> Entitlement:
    return Entitlement(**row)
