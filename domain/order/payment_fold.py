"""Folds events about money into an order. Deciding what to believe of a provider is `domain.order.pay`."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from domain.money import Money
from domain.order.errors import PaymentAmountMismatchError, must
from domain.order.events import (
    CaptureRequested,
    LatePaymentReceived,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentConfirmed,
    PaymentEvent,
    PaymentFailed,
    PaymentPutInReview,
    PaymentRefunded,
    PaymentRequested,
    PaymentReviewSettled,
    PaymentVoided,
    RefundRequested,
)
from domain.order.receipts import Authorisation, Receipt, Review
from domain.order.refund_fold import after_promise, after_refund, gone_back, status_by_money
from domain.order.status import MAY_ASK_FOR_MONEY, OrderStatus, PaymentStatus, check_transition
from domain.payment.outcome import ReviewReason
from domain.replacing import replace

if TYPE_CHECKING:
    from domain.order.order import Order


def after_payment(order: Order, event: PaymentEvent) -> Order:  # noqa: PLR0911 - one case for each event
    """The order after `event`. Raises a `DomainError` when it cannot follow (requirement A4)."""
    match event:
        case PaymentRequested():
            return _requested(order, event)
        case PaymentAuthorised():
            return _authorised(order, event)
        case CaptureRequested():
            return _capture_requested(order, event)
        case PaymentCaptured():
            return _captured(order, event)
        case PaymentVoided():
            return _voided(order, event)
        case PaymentFailed():
            return _failed(order, event)
        case PaymentConfirmed():
            return _confirmed(order, event)
        case PaymentPutInReview():
            return _put_in_review(order, event)
        case PaymentReviewSettled():
            return _review_settled(order, event)
        case LatePaymentReceived():
            return _came_late(order, event)
        case RefundRequested():
            return after_promise(order, event)
        case PaymentRefunded():
            return after_refund(order, event)
        case _:
            assert_never(event)


def _requested(order: Order, event: PaymentRequested) -> Order:
    fresh = order.payment_status in MAY_ASK_FOR_MONEY and event.payment_key not in order.attempts
    must(order.status is OrderStatus.CREATED and fresh, event, order.status)
    return replace(
        order,
        attempts=(*order.attempts, event.payment_key),
        payment_status=PaymentStatus.PENDING,
        provider=event.provider,
        capture=event.capture,
    )


def _authorised(order: Order, event: PaymentAuthorised) -> Order:
    check_transition(order.status, OrderStatus.PAID)
    must(event.payment_key in order.attempts, event, order.status)
    if event.amount != order.total:
        raise PaymentAmountMismatchError(expected=order.total, actual=event.amount)
    return replace(
        order,
        status=OrderStatus.PAID,
        payment_status=PaymentStatus.AUTHORISED,
        authorisation=Authorisation(event.payment_key, event.amount),
        reviews=_with_settled(order, event.payment_key),
    )


def _capture_requested(order: Order, event: CaptureRequested) -> Order:
    held = _held(order, event, event.payment_key)
    fits = Money.zero(order.currency) < event.amount <= held.amount
    must(fits and order.capture_asked is None, event, order.status)
    asked = replace(held, asked=event.amount)
    dropped = tuple(shipment.id for shipment in order.shipments if not shipment.is_live)
    return replace(order, authorisation=asked, capture_asked=asked, uncharged=dropped)


def _captured(order: Order, event: PaymentCaptured) -> Order:
    held = _held(order, event, event.payment_key)
    must(Money.zero(order.currency) <= event.amount <= held.amount, event, order.status)
    return replace(
        order,
        authorisation=None,
        payment_status=PaymentStatus.CAPTURED,
        payment=Receipt(event.payment_key, event.amount, Money.zero(order.currency)),
        reviews=_with_settled(order, event.payment_key),
    )


def _voided(order: Order, event: PaymentVoided) -> Order:
    _held(order, event, event.payment_key)
    return replace(order, authorisation=None, payment_status=PaymentStatus.FAILED)


def _failed(order: Order, event: PaymentFailed) -> Order:
    current = order.attempts[-1:] == (event.payment_key,)
    must(order.status is OrderStatus.CREATED and current, event, order.status)
    return replace(order, payment_status=PaymentStatus.FAILED)


def _confirmed(order: Order, event: PaymentConfirmed) -> Order:
    check_transition(order.status, OrderStatus.PAID)
    must(event.payment_key in order.attempts, event, order.status)
    if event.amount != order.total:
        raise PaymentAmountMismatchError(expected=order.total, actual=event.amount)
    paid = Receipt(event.payment_key, event.amount, gone_back(order, event.payment_key))
    return replace(
        order,
        status=OrderStatus.PAID,
        payment_status=PaymentStatus.CAPTURED,
        payment=paid,
        reviews=_with_settled(order, event.payment_key),
    )


def _put_in_review(order: Order, event: PaymentPutInReview) -> Order:
    must(event.payment_key in order.attempts, event, order.status)
    review = Review(event.payment_key, event.reason, event.reported)
    others = tuple(known for known in order.reviews if known.payment_key != event.payment_key)
    # Doubtful money beside a good payment does not change what the order's own payment is worth.
    own = order.payment or order.authorisation
    beside = own is not None and own.payment_key != event.payment_key
    status = order.payment_status if beside else _status_in_review(event.reason)
    return replace(order, reviews=(*others, review), payment_status=status)


def _review_settled(order: Order, event: PaymentReviewSettled) -> Order:
    review = order.review_of(event.payment_key)
    must(review is not None and not review.settled, event, order.status)
    after = replace(order, reviews=_with_settled(order, event.payment_key))
    still = next((other for other in reversed(after.reviews) if not other.settled), None)
    beside = order.payment is not None and still is not None
    if still and not (beside and still.payment_key != after.attempts[-1]):
        return replace(after, payment_status=_status_in_review(still.reason))
    return replace(after, payment_status=status_by_money(after))


def _came_late(order: Order, event: LatePaymentReceived) -> Order:
    # An order that waits for money takes it as its payment or puts it in review, until a person has decided.
    review = order.review_of(event.payment_key)
    decided = review is not None and review.settled
    waiting = order.status is OrderStatus.CREATED and not decided
    fresh = event.payment_key in order.attempts and order.receipt_of(event.payment_key) is None
    fits = event.amount.currency == order.currency
    must(fits and fresh and not waiting, event, order.status)
    money = Receipt(event.payment_key, event.amount, gone_back(order, event.payment_key))
    has_own = order.payment is not None or order.authorisation is not None
    keeps = has_own or order.status is OrderStatus.CREATED
    return replace(
        order,
        unwanted=(*order.unwanted, money),
        payment_status=order.payment_status if keeps else PaymentStatus.CAPTURED,
        reviews=_with_settled(order, event.payment_key),
    )


def _held(order: Order, event: PaymentEvent, payment_key: str) -> Authorisation:
    held = order.authorisation
    must(held is not None and held.payment_key == payment_key, event, order.status)
    assert held is not None
    return held


def _with_settled(order: Order, payment_key: str) -> tuple[Review, ...]:
    return tuple(
        replace(review, settled=True) if review.payment_key == payment_key else review
        for review in order.reviews
    )


def _status_in_review(reason: str) -> PaymentStatus:
    charged_back = reason == ReviewReason.CHARGED_BACK
    return PaymentStatus.CHARGED_BACK if charged_back else PaymentStatus.IN_REVIEW
