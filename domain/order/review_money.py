"""What a person decides about money in review."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from domain.errors import InvalidStateTransitionError
from domain.order.capture import captured_later
from domain.order.ending import end_order
from domain.order.errors import NotInReviewError, PaymentAmountMismatchError, RefundExceedsCapturedError
from domain.order.events import (
    LatePaymentReceived,
    OrderEvent,
    PaymentConfirmed,
    PaymentReviewSettled,
    PaymentVoided,
    RefundRequested,
)
from domain.order.keys import refund_key
from domain.order.order import Order
from domain.order.receipts import Review
from domain.order.refund_fold import gone_back
from domain.order.status import CancelReason, OrderStatus, PaymentStatus, check_transition
from domain.payment.review import ReviewDecision

_REASON = "review_settled"


def settle_review(
    order: Order, key: str, decision: ReviewDecision, by: str, at: datetime
) -> tuple[OrderEvent, ...]:
    """Take doubtful money as the payment, send it back, or leave it. Nothing when that was settled already.

    Nothing either when money that was promised back is to be sent back: who asks so wants the promise kept.
    Raises `NotInReviewError`; `PaymentAmountMismatchError` when the money to accept is
    not the total; `InvalidStateTransitionError` when the order does not wait for money, and for accepting or
    sending back what the buyer's bank has taken; `RefundExceedsCapturedError` for sending back what the
    provider took besides: that goes back at the provider, and is dismissed here.
    """
    review = order.review_of(key)
    if review is None and decision is ReviewDecision.SEND_BACK and order.promised_of(key).amount > 0:
        return ()
    if review is None:
        raise NotInReviewError(order_id=order.id, payment_key=key)
    if review.settled:
        return ()
    settled = PaymentReviewSettled(payment_key=key, decision=decision, by=by, settled_at=at)
    match decision:
        case ReviewDecision.ACCEPT:
            return (settled, *_accepted(order, review, at))
        case ReviewDecision.SEND_BACK:
            return (settled, *_sent_back(order, review, at))
        case ReviewDecision.DISMISS:
            return (settled, *_dismissed(order, review, at))
        case _:
            assert_never(decision)


def _accepted(order: Order, review: Review, at: datetime) -> tuple[OrderEvent, ...]:
    key, held, gone = review.payment_key, order.authorisation, gone_back(order, review.payment_key)
    _check_not_taken(order, key, PaymentStatus.CAPTURED)
    if held and held.payment_key == key:
        fitting = {held.amount, held.asked}
        if review.amount not in fitting or gone.amount:
            raise PaymentAmountMismatchError(expected=held.asked or held.amount, actual=review.amount - gone)
        return captured_later(order, review.amount, at)
    check_transition(order.status, OrderStatus.PAID)
    if review.amount - gone != order.total:
        raise PaymentAmountMismatchError(expected=order.total, actual=review.amount - gone)
    return (PaymentConfirmed(payment_key=key, amount=review.amount, paid_at=at),)


def _sent_back(order: Order, review: Review, at: datetime) -> tuple[OrderEvent, ...]:
    key, receipt = review.payment_key, order.receipt_of(review.payment_key)
    _check_not_taken(order, key, PaymentStatus.REFUNDED)
    if receipt and receipt.amount < review.amount:
        # It has no place in the order: sent back from here it would be the money that pays for the goods.
        raise RefundExceedsCapturedError(payment_key=key, amount=review.amount - receipt.amount)
    # What was taken is not vouched for any more: without this the order would wait for it for ever.
    return (*_given_up(order, review, at), *_all_back(order, review, at))


def _dismissed(order: Order, review: Review, at: datetime) -> tuple[OrderEvent, ...]:
    if order.status is OrderStatus.CANCELLED and order.is_charged_back(review.payment_key):
        # The bank has given up, and a cancelled order keeps no money that is here again.
        return _all_back(order, review, at)
    return _given_up(order, review, at)


def _given_up(order: Order, review: Review, at: datetime) -> tuple[OrderEvent, ...]:
    # Nobody will get this money any more: what has left is written off, and nothing else leaves.
    held = order.authorisation
    if held is None or held.payment_key != review.payment_key:
        return ()
    if not order.has_left:
        return end_order(order, CancelReason.PAYMENT_FAILED, "system", at)
    return (PaymentVoided(payment_key=held.payment_key, voided_at=at),)


def _all_back(order: Order, review: Review, at: datetime) -> tuple[OrderEvent, ...]:
    key, whole = review.payment_key, refund_key(review.payment_key)
    receipt, events = order.receipt_of(key), list[OrderEvent]()
    left = receipt.kept - order.promised_of(key) if receipt else review.amount - gone_back(order, key)
    if receipt is None and review.amount.amount > 0:
        events.append(LatePaymentReceived(payment_key=key, amount=review.amount, received_at=at))
    if left.amount > 0 and whole not in order.refunds_requested:
        promise = RefundRequested(
            refund_key=whole, payment_key=key, amount=left, reason=_REASON, requested_at=at
        )
        events.append(promise)
    return tuple(events)


def _check_not_taken(order: Order, key: str, wanted: PaymentStatus) -> None:
    if order.is_charged_back(key):
        raise InvalidStateTransitionError(current=PaymentStatus.CHARGED_BACK.value, wanted=wanted.value)
