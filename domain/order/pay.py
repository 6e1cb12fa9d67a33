"""Paying an order: asking for money, and judging what came (domain rules of payment)."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from domain.money import Money
from domain.order.errors import (
    PaymentAmountMismatchError,
    PaymentNotPendingError,
    RefundExceedsCapturedError,
    UnknownAttemptError,
)
from domain.order.events import (
    LatePaymentReceived,
    OrderCancelled,
    OrderEvent,
    PaymentConfirmed,
    PaymentFailed,
    PaymentPutInReview,
    PaymentRefunded,
    PaymentRequested,
    RefundRequested,
)
from domain.order.order import Order
from domain.order.status import (
    MAY_ASK_FOR_MONEY,
    TRANSITIONS,
    CancelReason,
    OrderStatus,
    PaymentStatus,
    check_transition,
)
from domain.payment.facts import FactKind, PaymentFact
from domain.payment.outcome import AttemptOutcome, AttemptState, ReviewReason

MOST_ATTEMPTS = 10


def payment_key(order_id: str, attempt: int) -> str:
    """The stable key of an attempt, counted from 1."""
    return f"pay_{order_id}_{attempt}"


def free_of_charge(key: str, currency: str, at: datetime) -> PaymentFact:
    """Stands for a provider's word on an attempt of nothing: there is nobody to ask, and it is paid."""
    nothing = Money.zero(currency)
    return PaymentFact("none", f"free_{key}", key, FactKind.CAPTURED, nothing, at)


def refund_key(payment_key: str) -> str:
    """The stable key of giving an attempt's whole money back: one per attempt, so it goes back once."""
    return f"ref_{payment_key}"


def request_payment(order: Order, provider: str, at: datetime) -> PaymentRequested:
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


def settle_attempt(order: Order, key: str, outcome: AttemptOutcome, at: datetime) -> tuple[OrderEvent, ...]:
    """What an attempt's outcome means for the order; nothing when the order knows it already.

    Raises `UnknownAttemptError`. Whatever a provider says of an attempt that was made finds its event.
    """
    _check_attempt(order, key)
    match outcome.state:
        case AttemptState.CAPTURED:
            return _captured(order, key, outcome, at)
        case AttemptState.FAILED | AttemptState.CANCELLED:
            return _failed(order, key, at)
        case AttemptState.IN_REVIEW:
            return _contradicted(order, key, outcome, at)
        case AttemptState.PENDING | AttemptState.AUTHORISED:
            return ()
        case _:
            assert_never(outcome.state)


def record_refund(
    order: Order, key: str, paid_by: str, amount: Money, at: datetime
) -> tuple[OrderEvent, ...]:
    """Money went back; when none of the order's own is left, the order ends (A22). Nothing when known.

    Raises `RefundExceedsCapturedError` for more than is left of the attempt `paid_by`, or for nothing.
    """
    if key in order.refunds_done:
        return ()
    receipt = order.receipt_of(paid_by)
    if receipt is None or not Money.zero(order.currency) < amount <= receipt.kept:
        raise RefundExceedsCapturedError(payment_key=paid_by, amount=amount)
    refunded = PaymentRefunded(refund_key=key, payment_key=paid_by, amount=amount, refunded_at=at)
    open_ended = OrderStatus.CANCELLED in TRANSITIONS[order.status]
    if not (open_ended and receipt is order.payment and amount == receipt.kept):
        return (refunded,)
    return (refunded, OrderCancelled(reason=CancelReason.REFUNDED, by="refund", cancelled_at=at))


def money_back(paid_by: str, amount: Money, reason: str, at: datetime) -> RefundRequested:
    """The decision to give an attempt's money back, under the one key that this attempt has for it."""
    return RefundRequested(
        refund_key=refund_key(paid_by), payment_key=paid_by, amount=amount, reason=reason, requested_at=at
    )


def _check_attempt(order: Order, key: str) -> None:
    if key not in order.attempts:
        raise UnknownAttemptError(order_id=order.id, payment_key=key)


def _captured(order: Order, key: str, outcome: AttemptOutcome, at: datetime) -> tuple[OrderEvent, ...]:
    if order.receipt_of(key):
        return ()
    if order.status is OrderStatus.CREATED:
        return (confirm_payment(order, key, outcome.captured, at),)
    late = LatePaymentReceived(payment_key=key, amount=outcome.captured, received_at=at)
    return (late, money_back(key, outcome.captured, "late_payment", at))


def _failed(order: Order, key: str, at: datetime) -> tuple[OrderEvent, ...]:
    current = order.attempts[-1:] == (key,)
    waiting = order.status is OrderStatus.CREATED and order.payment_status is PaymentStatus.PENDING
    return (PaymentFailed(payment_key=key, failed_at=at),) if current and waiting else ()


def _contradicted(order: Order, key: str, outcome: AttemptOutcome, at: datetime) -> tuple[OrderEvent, ...]:
    reason = outcome.review_reason or ReviewReason.AMOUNT_MISMATCH
    known = order.review_of(key)
    if known and (known.reason, known.amount) == (reason.value, outcome.captured):
        return ()
    return (
        PaymentPutInReview(payment_key=key, reason=reason.value, reported=outcome.captured, noticed_at=at),
    )
