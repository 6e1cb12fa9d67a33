"""Reads what was projected: one order, lists, sums. It may lag behind the streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Select, and_, func, or_, select

from adapters.postgres.queries import compiled
from adapters.postgres.tables.projections import order_summary, order_views
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
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import asyncpg
    from sqlalchemy import ColumnElement

    from adapters.postgres.pool import Pool
    from domain.order.order import Order

_summary = order_summary.c
# Of the same form for every order, so it is built once.
_GET: Final = compiled(select(order_views.c.state).where(order_views.c.id == "any")).text


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
        page = select(order_summary).where(*_conditions(narrowed))
        if cursor:
            page = page.where(_after(cursor))
        rows = await self._fetch(page.order_by(_summary.created_at.desc(), _summary.id).limit(limit + 1))
        orders = tuple(_order(row) for row in rows[:limit])
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
        narrowed = OrderFilter(
            merchant_id=merchant_id, created_from=created_from, created_until=created_until
        )
        rows = await self._fetch(_sums(merchant_id).where(*_conditions(narrowed)))
        return tuple(_totals(row) for row in rows)

    async def _fetch(self, statement: Select[Any]) -> Sequence[asyncpg.Record]:
        query = compiled(statement)
        rows: Sequence[asyncpg.Record] = await self._pool.fetch(query.text, *query.values)
        return rows


def _conditions(narrowed: OrderFilter) -> Iterator[ColumnElement[bool]]:
    if narrowed.status is not None:
        yield _summary.status == narrowed.status.value
    if narrowed.buyer_id is not None:
        yield _summary.buyer_id == narrowed.buyer_id
    if narrowed.merchant_id is not None:
        yield _summary.merchants.contains([narrowed.merchant_id])
    if narrowed.number is not None:
        yield _summary.number.startswith(narrowed.number, autoescape=True)
    if narrowed.created_from is not None:
        yield _summary.created_at >= narrowed.created_from
    if narrowed.created_until is not None:
        yield _summary.created_at < narrowed.created_until


def _after(cursor: OrderCursor) -> ColumnElement[bool]:
    # The first half lets the index start at the cursor; the second leaves out ties already seen.
    at = _summary.created_at
    return and_(at <= cursor.created_at, or_(at < cursor.created_at, _summary.id > cursor.id))


def _sums(merchant_id: str | None) -> Select[Any]:
    lines: ColumnElement[int] = _summary.lines
    goods: ColumnElement[int] = _summary.goods
    if merchant_id is not None:
        own = _summary.by_merchant[merchant_id]
        lines, goods = (own[name].astext.cast(BigInteger) for name in ("lines", "goods"))
    money = {"goods": goods} | {name: _summary[name] for name in ("total", "captured", "refunded")}
    # PostgreSQL sums bigint as numeric.
    sums = (func.sum(part).cast(BigInteger).label(name) for name, part in {"lines": lines, **money}.items())
    groups = (_summary.status, _summary.currency)
    return select(*groups, func.count().label("orders"), *sums).group_by(*groups).order_by(*groups)


def _order(row: asyncpg.Record) -> OrderSummary:
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
