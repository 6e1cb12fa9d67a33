"""Cancelling an order, with its money: what came goes back, once."""

from __future__ import annotations

from datetime import datetime

from domain.errors import InvalidStateTransitionError
from domain.order.events import LatePaymentReceived, OrderCancelled, OrderEvent
from domain.order.order import Order
from domain.order.pay import money_back
from domain.order.status import ONLY_BY_REFUND, CancelReason, OrderStatus, check_transition


def cancel_order(order: Order, reason: CancelReason, by: str, at: datetime) -> tuple[OrderEvent, ...]:
    """End an order before shipment; money that is here is asked back under its one key.

    Raises `InvalidStateTransitionError` for a shipped, completed or cancelled order: from there only a full
    refund leads to cancelled (requirement A22).
    """
    if order.status in ONLY_BY_REFUND:
        raise InvalidStateTransitionError(current=order.status.value, wanted=OrderStatus.CANCELLED.value)
    check_transition(order.status, OrderStatus.CANCELLED)
    cancelled = OrderCancelled(reason=reason, by=by, cancelled_at=at)
    return (cancelled, *_everything_back(order, at))


def _everything_back(order: Order, at: datetime) -> tuple[OrderEvent, ...]:
    if order.payment and order.payment.kept.amount > 0:
        return (money_back(order.payment.payment_key, order.payment.kept, "order_cancelled", at),)
    review = order.in_review
    # Money of a foreign currency has no place in this order's sums; a person sends it back.
    if review is None or review.amount.is_zero or review.amount.currency != order.currency:
        return ()
    unwanted = LatePaymentReceived(payment_key=review.payment_key, amount=review.amount, received_at=at)
    return (unwanted, money_back(review.payment_key, review.amount, "order_cancelled", at))
