"""The projection of orders: `order_views` for one order whole, `order_summary` for lists and sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.projections.projection import Projection, View
from adapters.postgres.projections.streams import ORDERS
from adapters.postgres.tables.projections import order_summary, order_views
from domain.order.document import order_document
from domain.order.shares import merchant_shares

if TYPE_CHECKING:
    from adapters.postgres.projections.projection import Row
    from domain.order.dated import DatedOrder
    from domain.order.order import Order


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


def _view(dated: DatedOrder) -> list[Row]:
    return [view_row(dated.order)]


def _summary(dated: DatedOrder) -> list[Row]:
    return [summary_row(dated.order)]


ORDERS_PROJECTION: Final = Projection(
    "orders", ORDERS, (View(order_views, "id", _view), View(order_summary, "id", _summary))
)
