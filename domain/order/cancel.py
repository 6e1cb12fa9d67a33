"""Cancelling an order, with its money: what came goes back, once."""

from __future__ import annotations

from datetime import datetime

from domain.errors import InvalidStateTransitionError
from domain.order.ending import end_order
from domain.order.events import LatePaymentReceived, OrderEvent
from domain.order.order import Order
from domain.order.pay import money_back
from domain.order.receipts import Review
from domain.order.refund_fold import doubtful_money, gone_back
from domain.order.status import ONLY_BY_REFUND, CancelReason, OrderStatus, check_transition

_REASON = "order_cancelled"


def cancel_order(order: Order, reason: CancelReason, by: str, at: datetime) -> tuple[OrderEvent, ...]:
    """End an order before anything was handed over; money that is here is asked back under its one key.

    What the provider vouches for is given up. Raises `InvalidStateTransitionError` for a shipped, completed
    or cancelled order: from there only a full refund leads to cancelled (requirement A22).
    """
    if order.status in ONLY_BY_REFUND:
        raise InvalidStateTransitionError(current=order.status.value, wanted=OrderStatus.CANCELLED.value)
    check_transition(order.status, OrderStatus.CANCELLED)
    if order.has_left:
        raise InvalidStateTransitionError(
            current=order.fulfilment_status.value, wanted=OrderStatus.CANCELLED.value
        )
    return (*end_order(order, reason, by, at), *_everything_back(order, at))


def _everything_back(order: Order, at: datetime) -> tuple[OrderEvent, ...]:
    back: list[OrderEvent] = []
    if order.payment and order.refundable.amount > 0:
        back.append(money_back(order.payment.payment_key, order.refundable, _REASON, at))
    for review in order.reviews:
        if _holds_our_money(order, review):
            back += _unwanted_back(order, review, at)
    return tuple(back)


def _holds_our_money(order: Order, review: Review) -> bool:
    # Money of a foreign currency counts as none in a review; a person sends it back.
    key = review.payment_key
    placed = order.receipt_of(key) is not None
    return doubtful_money(order, key).amount > 0 and not placed and not order.is_charged_back(key)


def _unwanted_back(order: Order, review: Review, at: datetime) -> tuple[OrderEvent, ...]:
    key = review.payment_key
    unwanted = LatePaymentReceived(payment_key=key, amount=review.amount, received_at=at)
    return (unwanted, money_back(key, review.amount - gone_back(order, key), _REASON, at))
