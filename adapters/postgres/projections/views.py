"""Reads what was projected: one order, lists, sums. It may lag behind the streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.money import Money
from domain.order.document import order_from
from domain.order.status import OrderStatus, PaymentStatus
from domain.ports.projections import (
    OrderCursor,
    OrderFilter,
    OrderPage,
    OrderSummary,
    OrderTotals,
    check_limit,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

    from adapters.postgres.pool import Pool
    from domain.order.order import Order

_GET = "SELECT state FROM order_views WHERE id = $1"
_TOTALS = """
SELECT status, currency, count(*) AS orders, sum(lines)::bigint AS lines, sum(goods)::bigint AS goods,
       sum(total)::bigint AS total, sum(captured)::bigint AS captured, sum(refunded)::bigint AS refunded
FROM order_summary WHERE {conditions} GROUP BY status, currency ORDER BY status, currency
"""
_LIST = "SELECT * FROM order_summary WHERE {conditions} ORDER BY created_at DESC, id LIMIT {limit}"


class PostgresOrderViews:
    """`domain.ports.projections.OrderViews` over `order_views` and `order_summary`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get(self, order_id: str) -> Order | None:
        """The order as far as it was projected, or None."""
        state: dict[str, Any] | None = await self._pool.fetchval(_GET, order_id)
        return order_from(state) if state else None

    async def list(
        self, narrowed: OrderFilter, cursor: OrderCursor | None = None, limit: int = 20
    ) -> OrderPage:
        """A page of orders, newest first; see the port."""
        check_limit(limit)
        where = _Where()
        _narrow(where, narrowed)
        if cursor:
            at, last = where.value(cursor.created_at), where.value(cursor.id)
            # The first half lets the index start at the cursor; the second leaves out ties already seen.
            where.add(f"created_at <= {at} AND (created_at < {at} OR id > {last})")
        query = _LIST.format(conditions=where, limit=where.value(limit + 1))
        rows = await self._pool.fetch(query, *where.values)
        orders = tuple(_summary(row) for row in rows[:limit])
        more = len(rows) > limit
        return OrderPage(orders, OrderCursor(orders[-1].created_at, orders[-1].id) if more else None)

    async def totals(
        self,
        merchant_id: str | None = None,
        *,
        created_from: datetime | None = None,
        created_until: datetime | None = None,
    ) -> Sequence[OrderTotals]:
        """Sums by status and currency; see the port."""
        where = _Where()
        narrowed = OrderFilter(
            merchant_id=merchant_id, created_from=created_from, created_until=created_until
        )
        _narrow(where, narrowed)
        rows = await self._pool.fetch(_TOTALS.format(conditions=where), *where.values)
        return tuple(_totals(row) for row in rows)


class _Where:
    """Conditions joined by AND, and the values of their placeholders."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self._conditions = ["true"]

    def value(self, value: object) -> str:
        """The placeholder of a new value; text of ours never goes into the query itself."""
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str) -> None:
        """One more condition."""
        self._conditions.append(condition)

    def __str__(self) -> str:
        return " AND ".join(self._conditions)


def _narrow(where: _Where, narrowed: OrderFilter) -> None:
    if narrowed.status is not None:
        where.add(f"status = {where.value(narrowed.status.value)}")
    if narrowed.buyer_id is not None:
        where.add(f"buyer_id = {where.value(narrowed.buyer_id)}")
    if narrowed.merchant_id is not None:
        where.add(f"merchants @> {where.value([narrowed.merchant_id])}::text[]")
    if narrowed.number is not None:
        where.add(f"number = {where.value(narrowed.number)}")
    if narrowed.created_from is not None:
        where.add(f"created_at >= {where.value(narrowed.created_from)}")
    if narrowed.created_until is not None:
        where.add(f"created_at < {where.value(narrowed.created_until)}")


def _summary(row: asyncpg.Record) -> OrderSummary:
    return OrderSummary(
        id=row["id"],
        version=row["version"],
        number=row["number"],
        status=OrderStatus(row["status"]),
        payment_status=PaymentStatus(row["payment_status"]),
        buyer_id=row["buyer_id"],
        merchants=tuple(row["merchants"]),
        lines=row["lines"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        **_money(row),
    )


def _totals(row: asyncpg.Record) -> OrderTotals:
    return OrderTotals(OrderStatus(row["status"]), row["orders"], row["lines"], **_money(row))


def _money(row: asyncpg.Record) -> dict[str, Money]:
    names = ("goods", "total", "captured", "refunded")
    return {name: Money(row[name], row["currency"]) for name in names}
