"""The projection of orders: `order_views` for one order whole, `order_summary` for lists and sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import asyncpg

from adapters.postgres.projections.folding import Folded, Poison
from adapters.postgres.tables.projections import order_summary, order_views
from domain.order.document import order_document
from domain.order.shares import merchant_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.postgres.pool import Session
    from domain.order.order import Order

Row = dict[str, Any]
NAME: Final = "orders"
TABLES: Final = (order_views.name, order_summary.name)
# Tables that are being built beside the live ones carry this behind their names.
BESIDE: Final = "_next"


def view_row(order: Order) -> Row:
    """The order as a row of `order_views`."""
    return {
        "id": order.id,
        "version": order.version,
        "status": order.status,
        "total": order.total.amount,
        "currency": order.currency,
        "updated_at": (order.updated_at or order.created_at).isoformat(),
        "state": order_document(order),
    }


def summary_row(order: Order) -> Row:
    """The order as a row of `order_summary`."""
    return {
        "id": order.id,
        "version": order.version,
        "number": order.number,
        "status": order.status,
        "payment_status": order.payment_status,
        "buyer_id": order.buyer_id,
        "merchants": order.merchants,
        "lines": len(order.lines),
        "currency": order.currency,
        "goods": order.goods.amount,
        "total": order.total.amount,
        "captured": order.captured.amount,
        "refunded": order.refunded.amount,
        "created_at": order.created_at.isoformat(),
        "updated_at": (order.updated_at or order.created_at).isoformat(),
        "by_merchant": {
            merchant: {"lines": share.lines, "goods": share.goods.amount}
            for merchant, share in merchant_shares(order).items()
        },
    }


_ROWS: Final[dict[str, Callable[[Order], Row]]] = dict(zip(TABLES, (view_row, summary_row), strict=True))
_COLUMNS: Final = {
    table.name: [column.name for column in table.columns if not column.primary_key]
    for table in (order_views, order_summary)
}


async def write_orders(session: Session, folded: Folded, beside: str = "") -> None:
    """Write every folded order, never over a newer version. An order that cannot be written is poison.

    `beside` is the suffix of the tables to write to. Works inside the caller's transaction.
    """
    orders = list(folded.orders.values())
    if await _written(session, orders, beside) is None:
        return
    for order in orders:  # one of them is bad: find out which
        error = await _written(session, [order], beside)
        if error is not None:
            del folded.orders[order.id]
            folded.poisons.append(Poison.of(folded.last[order.id], error))


async def _written(session: Session, orders: Sequence[Order], beside: str) -> Exception | None:
    try:
        rows = {table: [row(order) for order in orders] for table, row in _ROWS.items()}
    except Exception as error:  # noqa: BLE001 - an order that cannot be shown must not stop the others
        return error
    try:
        async with session.transaction():  # a savepoint: a refused row must not end the whole batch
            for table, content in rows.items():
                await session.execute(_upsert(table, beside), content)
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
        return error
    return None


def _upsert(table: str, beside: str) -> str:
    target = table + beside
    columns = _COLUMNS[table]
    changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
    return f"""
    INSERT INTO {target} SELECT * FROM jsonb_populate_recordset(NULL::{target}, $1)
    ON CONFLICT (id) DO UPDATE SET {changes} WHERE {target}.version < EXCLUDED.version
    """  # noqa: S608 - names come from constants of this module
