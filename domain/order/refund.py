"""Money back for a part of an order (domain rule 8): units, an amount, or everything that is left.

Only promises are decided here; that money has gone is recorded by `domain.order.pay`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.errors import InvalidStateTransitionError, InvalidValueError
from domain.money import Money
from domain.order.counts import (
    allocated_goods,
    as_units,
    counted,
    handed_over_units,
    ordered,
    paid_back,
    spoken_for,
)
from domain.order.errors import NotReturnableError, RefundExceedsCapturedError
from domain.order.events import OrderEvent, RefundRequested
from domain.order.keys import refund_key
from domain.order.order import Order
from domain.order.receipts import Receipt
from domain.order.refund_policy import DeliveryFeePolicy, RefundPolicy
from domain.order.returns import RefundedUnits
from domain.order.shipments import Shipment, Units
from domain.order.status import FulfilmentStatus, OrderStatus, PaymentStatus

__all__ = [
    "allocated_goods",
    "check_units",
    "may_refund",
    "refund_amount",
    "refund_dropped",
    "refund_rest",
    "refund_returned",
    "refund_surplus",
    "refund_units",
]


def refund_units(  # noqa: PLR0917 - one refund, in one call
    order: Order,
    cause: str,
    units: Sequence[Units],
    reason: str,
    policy: RefundPolicy,
    at: datetime,
    claw_back: Money | None = None,
) -> tuple[OrderEvent, ...]:
    """Pay units back that were handed over; the goods stay. Nothing when `cause` was paid back already.

    Raises `InvalidStateTransitionError` before anything was handed over, `NotReturnableError` for units that
    the buyer does not have, `RefundExceedsCapturedError` when less than that is left of the money.
    """
    if _is_decided(order, cause):
        return ()
    paid = _payment(order)
    check_units(order, units, as_units(handed_over_units(order) - spoken_for(order)))
    goods = allocated_goods(order, units)
    if _sum(order, goods) > order.refundable:
        raise RefundExceedsCapturedError(payment_key=paid.payment_key, amount=_sum(order, goods))
    return (_promise(paid, cause, goods, _worth(order, goods, policy, claw_back), reason, at),)


def refund_amount(
    order: Order, cause: str, amount: Money, reason: str, at: datetime
) -> tuple[OrderEvent, ...]:
    """Pay an amount back that belongs to no line. Nothing when `cause` was paid back already.

    Raises `InvalidStateTransitionError` before anything was handed over, `RefundExceedsCapturedError` for
    nothing and for more than is left.
    """
    if _is_decided(order, cause):
        return ()
    paid = _payment(order)
    if not Money.zero(order.currency) < amount <= order.refundable:
        raise RefundExceedsCapturedError(payment_key=paid.payment_key, amount=amount)
    return (_promise(paid, cause, (), amount, reason, at),)


def refund_rest(order: Order, cause: str, reason: str, at: datetime) -> tuple[OrderEvent, ...]:
    """Pay everything back that is left. Nothing when `cause` was paid back already.

    Raises `InvalidStateTransitionError` unless all was handed over, `RefundExceedsCapturedError` when
    nothing is left.
    """
    if _is_decided(order, cause):
        return ()
    paid = _payment(order)
    if order.status is OrderStatus.PAID:
        raise InvalidStateTransitionError(
            current=order.fulfilment_status.value, wanted=PaymentStatus.REFUNDED.value
        )
    if order.refundable.is_zero:
        raise RefundExceedsCapturedError(payment_key=paid.payment_key, amount=order.refundable)
    free = handed_over_units(order) - spoken_for(order)
    goods = allocated_goods(order, as_units(free))
    return (_promise(paid, cause, goods, order.refundable, reason, at),)


def refund_returned(  # noqa: PLR0917 - one refund, in one call
    order: Order,
    return_id: str,
    units: Sequence[Units],
    policy: RefundPolicy,
    at: datetime,
    claw_back: Money | None = None,
) -> tuple[OrderEvent, ...]:
    """Pay a return back, at most what is left of the money: goods that are back are never refused for it."""
    paid = order.payment
    if paid is None or _is_decided(order, return_id):
        return ()
    goods = allocated_goods(order, units)
    amount = _worth(order, goods, policy, claw_back)
    return (_promise(paid, return_id, goods, amount, "returned", at),)


def refund_dropped(order: Order, shipment: Shipment, reason: str, at: datetime) -> tuple[OrderEvent, ...]:
    """Pay a shipment back that does not reach the buyer, and everything that is left with the last one.

    Nothing when it was never charged, or was paid back already. It is nobody's policy: it is our fault.
    """
    paid = order.payment
    if paid is None or _is_decided(order, shipment.id) or shipment.id in order.uncharged:
        return ()
    left = ordered(order) - paid_back(order)
    goods = allocated_goods(order, as_units(counted(shipment.plan.units) & left))
    everything = not order.live_shipments
    amount = order.refundable if everything else _worth(order, goods, RefundPolicy(), None)
    if not goods and (amount.is_zero or not everything):
        return ()
    return (_promise(paid, shipment.id, goods, amount, reason, at),)


def refund_surplus(order: Order, at: datetime) -> tuple[OrderEvent, ...]:
    """Pay back what the provider took besides what was asked for."""
    paid, asked = order.payment, order.capture_asked
    if paid is None or asked is None or asked.asked is None or not asked.asked < paid.amount:
        return ()
    surplus = paid.amount - asked.asked
    return (_promise(paid, "surplus", (), min(surplus, order.refundable), "not_charged", at),)


def check_units(order: Order, units: Sequence[Units], free: Sequence[Units]) -> None:
    """Raise `NotReturnableError` unless `units` are among `free`, `InvalidValueError` for none."""
    if not units:
        raise InvalidValueError(field="units", rule="at least one")
    left = counted(free)
    for line, wanted in counted(units).items():
        if wanted > left[line]:
            raise NotReturnableError(order_id=order.id, line=line, wanted=wanted, left=left[line])


def may_refund(order: Order) -> bool:
    """True when some of the order's money may go back without the goods."""
    return _is_begun(order) and not order.refundable.is_zero


def _is_decided(order: Order, cause: str) -> bool:
    return any(refund.cause == cause for refund in order.refunds)


def _is_begun(order: Order) -> bool:
    partly = order.fulfilment_status is FulfilmentStatus.PARTIALLY_SHIPPED
    return order.status in {OrderStatus.SHIPPED, OrderStatus.COMPLETED} or (
        order.status is OrderStatus.PAID and partly
    )


def _payment(order: Order) -> Receipt:
    if not _is_begun(order):
        raise InvalidStateTransitionError(current=order.status.value, wanted=PaymentStatus.REFUNDED.value)
    paid = order.payment
    if paid is None or order.is_charged_back(paid.payment_key):
        raise InvalidStateTransitionError(
            current=order.payment_status.value, wanted=PaymentStatus.REFUNDED.value
        )
    return paid


def _worth(
    order: Order, goods: Sequence[RefundedUnits], policy: RefundPolicy, claw_back: Money | None
) -> Money:
    amount = _sum(order, goods)
    if not ordered(order) - paid_back(order) - counted(goods):
        amount += order.other_charges
        if policy.delivery_fee is DeliveryFeePolicy.WITH_ALL_GOODS:
            amount += order.delivery_fee
    nothing = Money.zero(order.currency)
    amount = max(nothing, amount - (claw_back or nothing))
    return min(amount, order.refundable)


def _sum(order: Order, goods: Sequence[RefundedUnits]) -> Money:
    return Money(sum(units.amount for units in goods), order.currency)


def _promise(  # noqa: PLR0917 - one refund, in one call
    paid: Receipt, cause: str, goods: tuple[RefundedUnits, ...], amount: Money, reason: str, at: datetime
) -> RefundRequested:
    return RefundRequested(
        refund_key=refund_key(paid.payment_key, cause),
        payment_key=paid.payment_key,
        amount=amount,
        reason=reason,
        cause=cause,
        units=goods,
        requested_at=at,
    )
