"""Folds money on its way back into an order: promises, and what has really gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.money import Money
from domain.order.after_sale_fold import with_case
from domain.order.errors import RefundExceedsCapturedError, must
from domain.order.events import PaymentRefunded, RefundRequested
from domain.order.receipts import Receipt
from domain.order.returns import Refund, ReturnStatus
from domain.order.status import OrderStatus, PaymentStatus
from domain.payment.outcome import ReviewReason
from domain.replacing import replace

if TYPE_CHECKING:
    from domain.order.order import Order


def after_promise(order: Order, event: RefundRequested) -> Order:
    """Money was promised back. A promise of nothing, for goods that cost nothing, is kept at once."""
    must(event.refund_key not in order.refunds_requested, event, order.status)
    receipt = order.receipt_of(event.payment_key)
    nothing, free = Money.zero(order.currency), event.amount.is_zero and bool(event.units)
    room = receipt.kept - order.promised_of(event.payment_key) if receipt else nothing
    if receipt is None or not (free or nothing < event.amount <= room):
        raise RefundExceedsCapturedError(payment_key=event.payment_key, amount=event.amount)
    refund = Refund(
        event.refund_key, event.payment_key, event.amount, event.reason, event.cause, event.units, free
    )
    return _case_follows(replace(order, refunds=(*order.refunds, refund)), refund)


def after_refund(order: Order, event: PaymentRefunded) -> Order:
    """Money went back: what we asked for, or what the provider did on its own."""
    known = order.refund(event.refund_key)
    must(known is None or not (known.done and not known.amount.is_zero), event, order.status)
    receipt = order.receipt_of(event.payment_key)
    room = receipt.kept if receipt else doubtful_money(order, event.payment_key)
    if not Money.zero(order.currency) < event.amount <= room:
        raise RefundExceedsCapturedError(payment_key=event.payment_key, amount=event.amount)
    gone = (
        replace(known, amount=event.amount, done=True)
        if known
        else Refund(event.refund_key, event.payment_key, event.amount, "by_provider", done=True)
    )
    others = tuple(gone if refund is known else refund for refund in order.refunds)
    after = replace(order, refunds=others if known else (*others, gone))
    if receipt:
        after = _shown(_lighter(after, receipt, event.amount), event.payment_key)
    return _case_follows(_shortened(after, event.payment_key), gone)


def doubtful_money(order: Order, payment_key: str) -> Money:
    """What of money in review, which has no place in the order's sums, has not gone back yet."""
    review = order.review_of(payment_key)
    claimed = review.amount if review and not review.settled else Money.zero(order.currency)
    return claimed - gone_back(order, payment_key)


def gone_back(order: Order, payment_key: str) -> Money:
    """Money of one attempt that has gone back, also before it found its place in the order's sums."""
    done = (refund for refund in order.refunds if refund.payment_key == payment_key and refund.done)
    return sum((refund.amount for refund in done), Money.zero(order.currency))


def status_by_money(order: Order) -> PaymentStatus:
    """What the order's own money is worth; unwanted money beside a good payment does not change it."""
    if order.authorisation:
        return PaymentStatus.AUTHORISED
    if order.payment is None and order.status in {OrderStatus.DRAFT, OrderStatus.CREATED}:
        return PaymentStatus.FAILED if order.attempts else PaymentStatus.NONE
    receipts = (order.payment,) if order.payment else order.unwanted
    if not receipts:
        return PaymentStatus.FAILED
    if all(receipt.kept.is_zero for receipt in receipts) and any(
        receipt.amount.amount for receipt in receipts
    ):
        return PaymentStatus.REFUNDED
    if any(receipt.refunded.amount for receipt in receipts):
        return PaymentStatus.PARTIALLY_REFUNDED
    return PaymentStatus.CAPTURED


def _lighter(order: Order, receipt: Receipt, amount: Money) -> Order:
    lighter = replace(receipt, refunded=receipt.refunded + amount)
    if receipt is order.payment:
        return replace(order, payment=lighter)
    return replace(order, unwanted=tuple(lighter if each is receipt else each for each in order.unwanted))


def _shown(order: Order, payment_key: str) -> Order:
    receipt = order.receipt_of(payment_key)
    reviews = order.reviews
    if receipt and receipt.kept.is_zero:
        # A charge-back after a refund is money paid twice: only a person settles that.
        reviews = tuple(
            replace(review, settled=True)
            if review.payment_key == payment_key and review.reason != ReviewReason.CHARGED_BACK
            else review
            for review in reviews
        )
    own = order.payment
    doubted = any(order.is_charged_back(each.payment_key) for each in ((own,) if own else order.unwanted))
    if doubted or (own is None and order.status is OrderStatus.CREATED):
        return replace(order, reviews=reviews)
    return replace(order, reviews=reviews, payment_status=status_by_money(order))


def _shortened(order: Order, payment_key: str) -> Order:
    # What the provider sent back on its own counts as what we had promised: the newest promise shrinks first.
    receipt = order.receipt_of(payment_key)
    if receipt is None:
        return order
    nothing = Money.zero(order.currency)
    over = order.promised_of(payment_key) - receipt.kept
    refunds: list[Refund] = []
    for refund in reversed(order.refunds):
        open_promise = refund.payment_key == payment_key and not refund.done
        less = min(over, refund.amount) if open_promise and over > nothing else nothing
        over -= less
        rest = refund.amount - less
        refunds.append(replace(refund, amount=rest, done=refund.done or rest.is_zero))
    after = replace(order, refunds=tuple(reversed(refunds)))
    for refund in after.refunds:
        after = _case_follows(after, refund)
    return after


def _case_follows(order: Order, refund: Refund) -> Order:
    case = order.return_case(refund.cause) if refund.cause else None
    if case is None:
        return order
    status = ReturnStatus.REFUNDED if refund.done else case.status
    return with_case(order, replace(case, status=status, refund_key=refund.key))
