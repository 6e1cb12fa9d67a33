"""Cancelling an order, with its money: what came goes back, once."""

from __future__ import annotations

from datetime import datetime

from domain.errors import InvalidStateTransitionError
from domain.order.events import LatePaymentReceived, OrderCancelled, OrderEvent
from domain.order.order import Order
from domain.order.pay import money_back
from domain.order.receipts import Review
from domain.order.status import ONLY_BY_REFUND, CancelReason, OrderStatus, check_transition
from domain.payment.outcome import ReviewReason

_REASON = "order_cancelled"


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
    back: list[OrderEvent] = []
    paid = order.payment
    if paid and paid.kept.amount > 0 and not _is_charged_back(order, paid.payment_key):
        back.append(money_back(paid.payment_key, paid.kept, _REASON, at))
    for review in order.reviews:
        if _holds_our_money(order, review):
            back += _unwanted_back(review, at)
    return tuple(back)


def _holds_our_money(order: Order, review: Review) -> bool:
    # Money of a foreign currency counts as none in a review; a person sends it back.
    placed = order.receipt_of(review.payment_key) is not None
    return review.amount.amount > 0 and not placed and not _is_charged_back(order, review.payment_key)


def _is_charged_back(order: Order, payment_key: str) -> bool:
    # The buyer's bank has taken this money already; a refund would pay it twice.
    review = order.review_of(payment_key)
    return review is not None and review.reason == ReviewReason.CHARGED_BACK


def _unwanted_back(review: Review, at: datetime) -> tuple[OrderEvent, ...]:
    unwanted = LatePaymentReceived(payment_key=review.payment_key, amount=review.amount, received_at=at)
    return (unwanted, money_back(review.payment_key, review.amount, _REASON, at))
