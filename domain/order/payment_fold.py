"""Folds events about money into an order. Deciding what to believe of a provider is `domain.order.pay`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from domain.money import Money
from domain.order.errors import PaymentAmountMismatchError, RefundExceedsCapturedError, must
from domain.order.events import (
    LatePaymentReceived,
    PaymentConfirmed,
    PaymentEvent,
    PaymentFailed,
    PaymentPutInReview,
    PaymentRefunded,
    PaymentRequested,
    RefundRequested,
)
from domain.order.receipts import Receipt, Review
from domain.order.status import MAY_ASK_FOR_MONEY, OrderStatus, PaymentStatus, check_transition
from domain.payment.outcome import ReviewReason

if TYPE_CHECKING:
    from domain.order.order import Order


def after_payment(order: Order, event: PaymentEvent) -> Order:
    """The order after `event`. Raises a `DomainError` when it cannot follow (requirement A4)."""
    match event:
        case PaymentRequested():
            return _requested(order, event)
        case PaymentFailed():
            return _failed(order, event)
        case PaymentConfirmed():
            return _confirmed(order, event)
        case PaymentPutInReview():
            return _put_in_review(order, event)
        case LatePaymentReceived():
            return _came_late(order, event)
        case RefundRequested():
            return _refund_requested(order, event)
        case PaymentRefunded():
            return _refunded(order, event)
        case _:
            assert_never(event)


def _requested(order: Order, event: PaymentRequested) -> Order:
    fresh = order.payment_status in MAY_ASK_FOR_MONEY and event.payment_key not in order.attempts
    must(order.status is OrderStatus.CREATED and fresh, event, order.status)
    return replace(order, attempts=(*order.attempts, event.payment_key), payment_status=PaymentStatus.PENDING)


def _failed(order: Order, event: PaymentFailed) -> Order:
    current = order.attempts[-1:] == (event.payment_key,)
    must(order.status is OrderStatus.CREATED and current, event, order.status)
    return replace(order, payment_status=PaymentStatus.FAILED)


def _confirmed(order: Order, event: PaymentConfirmed) -> Order:
    check_transition(order.status, OrderStatus.PAID)
    must(event.payment_key in order.attempts, event, order.status)
    if event.amount != order.total:
        raise PaymentAmountMismatchError(expected=order.total, actual=event.amount)
    return replace(
        order,
        status=OrderStatus.PAID,
        payment_status=PaymentStatus.CAPTURED,
        payment=Receipt(event.payment_key, event.amount, Money.zero(order.currency)),
        reviews=_with_settled(order, event.payment_key),
    )


def _put_in_review(order: Order, event: PaymentPutInReview) -> Order:
    must(event.payment_key in order.attempts, event, order.status)
    review = Review(event.payment_key, event.reason, event.reported)
    others = tuple(known for known in order.reviews if known.payment_key != event.payment_key)
    # Doubtful money beside a good payment does not change what the order's own payment is worth.
    beside = order.payment is not None and order.payment.payment_key != event.payment_key
    status = order.payment_status if beside else _status_in_review(event.reason)
    return replace(order, reviews=(*others, review), payment_status=status)


def _came_late(order: Order, event: LatePaymentReceived) -> Order:
    # An order that waits for money either takes it as its payment or puts it in review.
    waiting = order.status is OrderStatus.CREATED
    fresh = event.payment_key in order.attempts and order.receipt_of(event.payment_key) is None
    fits = event.amount.currency == order.currency
    must(fits and fresh and not waiting, event, order.status)
    money = Receipt(event.payment_key, event.amount, Money.zero(order.currency))
    return replace(
        order,
        unwanted=(*order.unwanted, money),
        payment_status=order.payment_status if order.payment else PaymentStatus.CAPTURED,
        reviews=_with_settled(order, event.payment_key),
    )


def _refund_requested(order: Order, event: RefundRequested) -> Order:
    must(event.refund_key not in order.refunds_requested, event, order.status)
    _check_refund(order, event.payment_key, event.amount)
    return replace(order, refunds_requested=order.refunds_requested | {event.refund_key})


def _refunded(order: Order, event: PaymentRefunded) -> Order:
    must(event.refund_key not in order.refunds_done, event, order.status)
    receipt = _check_refund(order, event.payment_key, event.amount)
    lighter = replace(receipt, refunded=receipt.refunded + event.amount)
    if receipt is order.payment:
        changed = replace(order, payment=lighter)
    else:
        rest = tuple(lighter if money is receipt else money for money in order.unwanted)
        changed = replace(order, unwanted=rest)
    return replace(
        changed,
        refunds_done=order.refunds_done | {event.refund_key},
        payment_status=_status_by_money(changed),
        reviews=_with_settled(order, event.payment_key) if lighter.kept.is_zero else order.reviews,
    )


def _check_refund(order: Order, payment_key: str, amount: Money) -> Receipt:
    receipt = order.receipt_of(payment_key)
    if receipt is None or not Money.zero(order.currency) < amount <= receipt.kept:
        raise RefundExceedsCapturedError(payment_key=payment_key, amount=amount)
    return receipt


def _with_settled(order: Order, payment_key: str) -> tuple[Review, ...]:
    return tuple(
        replace(review, settled=True) if review.payment_key == payment_key else review
        for review in order.reviews
    )


def _status_in_review(reason: str) -> PaymentStatus:
    charged_back = reason == ReviewReason.CHARGED_BACK
    return PaymentStatus.CHARGED_BACK if charged_back else PaymentStatus.IN_REVIEW


def _status_by_money(order: Order) -> PaymentStatus:
    # Unwanted money beside a good payment does not change what the order's own payment is worth.
    receipts = (order.payment,) if order.payment else order.unwanted
    if all(receipt.kept.is_zero for receipt in receipts):
        return PaymentStatus.REFUNDED
    if any(receipt.refunded.amount for receipt in receipts):
        return PaymentStatus.PARTIALLY_REFUNDED
    return order.payment_status
