"""Folds the agreed price into an order. Agreeing on it is `domain.order.place`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.order.errors import EmptyOrderError, must
from domain.order.events import OrderCreated
from domain.order.lines import is_spread
from domain.replacing import replace

if TYPE_CHECKING:
    from domain.order.order import Order


def after_created(order: Order, event: OrderCreated) -> Order:
    """The price is agreed: its parts sum up, and each line's part of the goods does."""
    if not order.lines:
        raise EmptyOrderError
    lines = event.lines or order.lines
    sums = event.goods + event.delivery_fee + event.other_charges == event.total and event.total.amount >= 0
    must(sums and event.total.currency == order.currency, event, order.status)
    must(is_spread(event.line_goods, event.goods, lines), event, order.status)
    return replace(
        order,
        snapshot_id=event.snapshot_id,
        lines=lines,
        goods=event.goods,
        delivery_fee=event.delivery_fee,
        other_charges=event.other_charges,
        total=event.total,
        line_goods=event.line_goods,
        payment_deadline=event.payment_deadline,
    )
