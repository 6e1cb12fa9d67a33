"""The projection of orders: `order_views` for one order whole, `order_summary` for lists and sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import asyncpg

from adapters.postgres.projections.folding import Folded, Poison
from domain.order.document import order_document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.postgres.pool import Session
    from domain.order.order import Order

Row = dict[str, Any]
NAME: Final = "orders"
TABLES: Final = ("order_views", "order_summary")
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
    }


_ROWS: Final[dict[str, Callable[[Order], Row]]] = dict(zip(TABLES, (view_row, summary_row), strict=True))
_VIEW_COLUMNS = ("version", "status", "total", "currency", "updated_at", "state")
_SUMMARY_COLUMNS = (
    "version", "number", "status", "payment_status", "buyer_id", "merchants", "lines", "currency",
    "goods", "total", "captured", "refunded", "created_at", "updated_at",
)  # fmt: skip
_COLUMNS: Final = dict(zip(TABLES, (_VIEW_COLUMNS, _SUMMARY_COLUMNS), strict=True))


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
