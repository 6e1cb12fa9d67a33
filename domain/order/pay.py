"""Paying an order: asking for money, and judging what came (domain rules of payment)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from domain.money import Money
from domain.order.capture import authorisation_ended, capture_refused, captured_later, request_capture
from domain.order.ending import end_order
from domain.order.errors import (
    PaymentAmountMismatchError,
    PaymentNotPendingError,
    RefundExceedsCapturedError,
    UnknownAttemptError,
)
from domain.order.events import (
    LatePaymentReceived,
    OrderEvent,
    PaymentAuthorised,
    PaymentConfirmed,
    PaymentFailed,
    PaymentPutInReview,
    PaymentRefunded,
    PaymentRequested,
    RefundRequested,
)
from domain.order.keys import payment_key, refund_key, rest_key
from domain.order.order import Order, fold
from domain.order.receipts import Receipt
from domain.order.refund_fold import doubtful_money
from domain.order.review_money import settle_review
from domain.order.status import (
    MAY_ASK_FOR_MONEY,
    TRANSITIONS,
    CancelReason,
    OrderStatus,
    PaymentStatus,
    check_transition,
)
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind, PaymentFact
from domain.payment.outcome import AttemptOutcome, AttemptState, ReviewReason, judge_attempt

__all__ = [
    "MOST_ATTEMPTS",
    "capture_refused",
    "confirm_payment",
    "free_of_charge",
    "is_unwanted",
    "money_back",
    "outcome_of",
    "payment_key",
    "record_refund",
    "refund_key",
    "request_capture",
    "request_payment",
    "settle_attempt",
    "settle_review",
]

MOST_ATTEMPTS = 10


def free_of_charge(key: str, currency: str, at: datetime) -> PaymentFact:
    """Stands for a provider's word on an attempt of nothing: there is nobody to ask, and it is paid."""
    nothing = Money.zero(currency)
    return PaymentFact("none", f"free_{key}", key, FactKind.CAPTURED, nothing, at)


def request_payment(
    order: Order, provider: str, at: datetime, capture: CaptureMode = CaptureMode.AUTOMATIC
) -> PaymentRequested:
    """Ask for the total. Refused (`PaymentNotPendingError`) while another attempt is open or after ten."""
    check_transition(order.status, OrderStatus.PAID)
    if order.payment_status not in MAY_ASK_FOR_MONEY or len(order.attempts) >= MOST_ATTEMPTS:
        raise PaymentNotPendingError(payment_status=order.payment_status.value, attempts=len(order.attempts))
    attempt = len(order.attempts) + 1
    return PaymentRequested(
        payment_key=payment_key(order.id, attempt),
        attempt=attempt,
        provider=provider,
        amount=order.total,
        capture=capture,
        requested_at=at,
    )


def confirm_payment(order: Order, key: str, amount: Money, at: datetime) -> PaymentConfirmed:
    """Money has arrived. Only a created order waits for money (A2), and only for all of it.

    Raises `PaymentAmountMismatchError`, and `UnknownAttemptError` for a key that the order never made.
    """
    check_transition(order.status, OrderStatus.PAID)
    _check_attempt(order, key)
    if amount != order.total:
        raise PaymentAmountMismatchError(expected=order.total, actual=amount)
    return PaymentConfirmed(payment_key=key, amount=amount, paid_at=at)


def outcome_of(order: Order, key: str, facts: Iterable[PaymentFact]) -> AttemptOutcome:
    """What a provider's facts about one attempt mean for this order: how to pay, and how much was asked."""
    asked = order.capture_asked
    less = asked.asked if asked and asked.payment_key == key else None
    return judge_attempt(order.total, facts, capture=order.capture, asked=less)


def is_unwanted(order: Order, key: str, outcome: AttemptOutcome) -> bool:
    """True for money that is vouched for and that the order does not want: it is let go at the provider."""
    held = order.authorisation
    wanted = order.status is OrderStatus.CREATED or (held is not None and held.payment_key == key)
    return outcome.state is AttemptState.AUTHORISED and not wanted


def settle_attempt(order: Order, key: str, outcome: AttemptOutcome, at: datetime) -> tuple[OrderEvent, ...]:
    """What an attempt's outcome means for the order; nothing when the order knows it already.

    Raises `UnknownAttemptError`. Whatever a provider says of an attempt that was made finds its event.
    """
    _check_attempt(order, key)
    events = _judged(order, key, outcome, at)
    after = _then(order, events)
    for refund, amount in _own_refunds(after, key, outcome):
        events += _gone_back(after, refund, key, amount, at)
        after = _then(order, events)
    receipt = after.receipt_of(key)
    came_now = any(isinstance(event, LatePaymentReceived) for event in events)
    if came_now and receipt and receipt.kept.amount > 0:
        events += (money_back(key, receipt.kept, "late_payment", at),)
    return events


def record_refund(
    order: Order, key: str, paid_by: str, amount: Money, at: datetime
) -> tuple[OrderEvent, ...]:
    """Money went back; when none of the order's own is left, the order ends (A22). Nothing when known.

    Raises `RefundExceedsCapturedError` for more than is left of the attempt `paid_by`, or for nothing.
    """
    if _is_known(order, key):
        return ()
    receipt = order.receipt_of(paid_by)
    if receipt is None or not Money.zero(order.currency) < amount <= receipt.kept:
        raise RefundExceedsCapturedError(payment_key=paid_by, amount=amount)
    refunded = PaymentRefunded(refund_key=key, payment_key=paid_by, amount=amount, refunded_at=at)
    open_ended = OrderStatus.CANCELLED in TRANSITIONS[order.status]
    if not (open_ended and receipt is order.payment and amount == receipt.kept):
        return (refunded,)
    return (refunded, *end_order(order, CancelReason.REFUNDED, "refund", at))


def money_back(paid_by: str, amount: Money, reason: str, at: datetime) -> RefundRequested:
    """The decision to give an attempt's money back, under the one key that this attempt has for it."""
    return RefundRequested(
        refund_key=refund_key(paid_by), payment_key=paid_by, amount=amount, reason=reason, requested_at=at
    )


def _check_attempt(order: Order, key: str) -> None:
    if key not in order.attempts:
        raise UnknownAttemptError(order_id=order.id, payment_key=key)


def _judged(order: Order, key: str, outcome: AttemptOutcome, at: datetime) -> tuple[OrderEvent, ...]:
    match outcome.state:
        case AttemptState.CAPTURED:
            return _captured(order, key, outcome, at)
        case AttemptState.AUTHORISED:
            return _authorised(order, key, at)
        case AttemptState.FAILED | AttemptState.CANCELLED:
            return _failed(order, key, at)
        case AttemptState.IN_REVIEW:
            return _contradicted(order, key, outcome, at)
        case AttemptState.PENDING:
            return ()
        case _:
            assert_never(outcome.state)


def _captured(order: Order, key: str, outcome: AttemptOutcome, at: datetime) -> tuple[OrderEvent, ...]:
    if order.receipt_of(key):
        return ()
    if order.status is OrderStatus.CREATED:
        return (confirm_payment(order, key, outcome.captured, at),)
    if order.authorisation and order.authorisation.payment_key == key:
        return captured_later(order, outcome.captured, at)
    return (LatePaymentReceived(payment_key=key, amount=outcome.captured, received_at=at),)


def _authorised(order: Order, key: str, at: datetime) -> tuple[OrderEvent, ...]:
    wanted = order.capture is CaptureMode.MANUAL and order.status is OrderStatus.CREATED
    return (PaymentAuthorised(payment_key=key, amount=order.total, authorised_at=at),) if wanted else ()


def _failed(order: Order, key: str, at: datetime) -> tuple[OrderEvent, ...]:
    if order.authorisation and order.authorisation.payment_key == key:
        return authorisation_ended(order, at)
    current = order.attempts[-1:] == (key,)
    waiting = order.status is OrderStatus.CREATED and order.payment_status is PaymentStatus.PENDING
    return (PaymentFailed(payment_key=key, failed_at=at),) if current and waiting else ()


def _contradicted(order: Order, key: str, outcome: AttemptOutcome, at: datetime) -> tuple[OrderEvent, ...]:
    reason = outcome.review_reason or ReviewReason.AMOUNT_MISMATCH
    known, receipt = order.review_of(key), order.receipt_of(key)
    if known and (known.reason, known.amount) == (reason.value, outcome.captured):
        return ()
    # Of money that has all gone back, only a charge-back still means something.
    if receipt and _is_gone(receipt, outcome) and reason is not ReviewReason.CHARGED_BACK:
        return ()
    return (
        PaymentPutInReview(payment_key=key, reason=reason.value, reported=outcome.captured, noticed_at=at),
    )


def _is_gone(receipt: Receipt, outcome: AttemptOutcome) -> bool:
    # What was taken besides may still be there although all that the order knows of has gone.
    besides = receipt.amount < outcome.captured and outcome.refunded < outcome.captured
    return receipt.amount.amount > 0 and receipt.kept.is_zero and not besides


def _own_refunds(order: Order, key: str, outcome: AttemptOutcome) -> Iterable[tuple[str, Money]]:
    # What the provider took besides has no place in the order, and so has its way back.
    receipt, nothing = order.receipt_of(key), Money.zero(order.currency)
    besides = outcome.captured - receipt.amount if receipt else nothing
    for refund, amount in outcome.refunds:
        if order.refund(refund) is None and amount <= besides:
            besides -= amount
        else:
            yield refund, amount


def _gone_back(order: Order, key: str, paid_by: str, amount: Money, at: datetime) -> tuple[OrderEvent, ...]:
    if _is_known(order, key):
        return ()
    receipt = order.receipt_of(paid_by)
    if receipt and amount <= receipt.kept:
        return (*record_refund(order, key, paid_by, amount, at), *_still_owed(order, key, amount, at))
    if receipt is None and amount <= doubtful_money(order, paid_by):
        return (PaymentRefunded(refund_key=key, payment_key=paid_by, amount=amount, refunded_at=at),)
    # More than has come, as far as we know: the capture is still on its way, or the attempt is in review.
    return ()


def _still_owed(order: Order, key: str, amount: Money, at: datetime) -> tuple[OrderEvent, ...]:
    # The provider gave back less than we had asked for. Under the same key it would only say so again.
    promise = order.refund(key)
    if promise is None or promise.done or not amount < promise.amount:
        return ()
    rest = promise.amount - amount
    return (
        RefundRequested(
            refund_key=rest_key(key),
            payment_key=promise.payment_key,
            amount=rest,
            reason=promise.reason,
            requested_at=at,
        ),
    )


def _is_known(order: Order, key: str) -> bool:
    refund = order.refund(key)
    return refund is not None and refund.done and not refund.amount.is_zero


def _then(order: Order, events: tuple[OrderEvent, ...]) -> Order:
    return fold(events, onto=order) if events else order
