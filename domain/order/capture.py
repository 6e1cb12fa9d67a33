"""Money that is authorised at checkout and taken when goods leave (domain rule 8)."""

from __future__ import annotations

from datetime import datetime

from domain.money import Money
from domain.order.counts import allocated_goods, as_units, counted
from domain.order.ending import end_order
from domain.order.events import (
    CaptureRequested,
    OrderEvent,
    PaymentCaptured,
    PaymentPutInReview,
    PaymentVoided,
)
from domain.order.order import Order
from domain.order.refund import refund_dropped, refund_surplus
from domain.order.status import CancelReason
from domain.payment.outcome import ReviewReason


def request_capture(order: Order, at: datetime) -> tuple[OrderEvent, ...]:
    """Take the authorised money once something was handed over, less the goods that were dropped.

    Nothing before that, and nothing when it was asked for already. When nothing is owed it is given up.
    """
    held = order.authorisation
    if held is None or held.asked is not None or not order.has_left:
        return ()
    dropped = (shipment for shipment in order.shipments if not shipment.is_live)
    units = as_units(counted(each for shipment in dropped for each in shipment.plan.units))
    less = sum(part.amount for part in allocated_goods(order, units))
    amount = held.amount - Money(less, order.currency)
    if amount.is_zero:
        return (PaymentVoided(payment_key=held.payment_key, voided_at=at),)
    return (CaptureRequested(payment_key=held.payment_key, amount=amount, requested_at=at),)


def capture_refused(order: Order, at: datetime) -> tuple[OrderEvent, ...]:
    """The provider will not give the money that it vouched for: a person must look, the goods go on."""
    held = order.authorisation
    if held is None:
        return ()
    known = order.review_of(held.payment_key)
    if known and not known.settled:
        return ()
    reason, nothing = ReviewReason.CAPTURE_REFUSED, Money.zero(order.currency)
    return (
        PaymentPutInReview(
            payment_key=held.payment_key, reason=reason.value, reported=nothing, noticed_at=at
        ),
    )


def authorisation_ended(order: Order, at: datetime) -> tuple[OrderEvent, ...]:
    """The provider does not vouch any more: nothing leaves, or what has left is a person's matter."""
    if order.has_left:
        return capture_refused(order, at)
    return end_order(order, CancelReason.PAYMENT_FAILED, "system", at)


def captured_later(order: Order, amount: Money, at: datetime) -> tuple[OrderEvent, ...]:
    """Authorised money was taken; what was dropped meanwhile, or taken besides, goes back."""
    if order.authorisation is None:
        return ()
    captured = PaymentCaptured(payment_key=order.authorisation.payment_key, amount=amount, captured_at=at)
    events: tuple[OrderEvent, ...] = (captured,)
    after = order.apply(captured)
    for more in refund_surplus(after, at):
        events += (more,)
        after = after.apply(more)
    for shipment in order.shipments:
        if not shipment.is_live:
            for more in refund_dropped(after, shipment, "not_delivered", at):
                events += (more,)
                after = after.apply(more)
    return events
