"""An order with the times that reports need and no decision does: when it was sold, when money went back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.order.errors import IllegalEventError
from domain.order.events import OrderDrafted, OrderEvent, PaymentRefunded, time_of
from domain.order.order import Order, drafted
from domain.order.status import OrderStatus


@dataclass(frozen=True, slots=True)
class DatedOrder:
    """`sold_at` is when its money was there or vouched for; `refunded` are keys of refunds that are done,
    each with when its money went, in that order.
    """

    order: Order
    sold_at: datetime | None = None
    refunded: tuple[tuple[str, datetime], ...] = ()


def after(event: OrderEvent, before: DatedOrder | None) -> DatedOrder:
    """The state after `event`; the first one is its draft. Raises `DomainError` when it cannot follow."""
    if before is None:
        if not isinstance(event, OrderDrafted):
            raise IllegalEventError(event=type(event).__name__, status="none")
        return DatedOrder(drafted(event))
    order = before.order.apply(event)
    sold_at, refunded = before.sold_at, before.refunded
    if sold_at is None and order.status is OrderStatus.PAID:
        sold_at = time_of(event)
    if isinstance(event, PaymentRefunded):
        refunded = (*refunded, (event.refund_key, event.refunded_at))
    return DatedOrder(order, sold_at, refunded)
