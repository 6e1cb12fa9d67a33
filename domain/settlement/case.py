"""What of an order's history settling looks at: when it was completed, what went back, what holds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.order.events import OrderCompleted, OrderEvent, PaymentRefunded, RefundRequested
from domain.order.order import Order, fold
from domain.order.status import PaymentStatus
from domain.settlement.balance import GivenBack

# The cause of a refund of money that was taken although its goods had been dropped.
SURPLUS: Final = "surplus"


class HoldReason(StrEnum):
    """Why a completed order is not settled, or not stated, for now."""

    CHARGED_BACK = "charged_back"
    IN_REVIEW = "in_review"
    NOT_PAID = "not_paid"
    PRICE_UNKNOWN = "price_unknown"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class DoneRefund:
    """A refund of the order's own payment whose money has gone, and when."""

    key: str
    back: GivenBack
    at: datetime


@dataclass(frozen=True, slots=True)
class SettlementCase:
    """One order as settlement sees it. `refunds` are those that are done, in the order in which they were."""

    order: Order
    completed_at: datetime | None
    refunds: tuple[DoneRefund, ...]

    @property
    def hold(self) -> HoldReason | None:
        """What keeps the order from being settled or stated, or None."""
        if self.order.payment_status is PaymentStatus.CHARGED_BACK:
            return HoldReason.CHARGED_BACK
        if self.order.in_review is not None:
            return HoldReason.IN_REVIEW
        return HoldReason.NOT_PAID if self.order.payment is None else None

    @property
    def not_taken(self) -> GivenBack | None:
        """What the buyer never paid: goods that were dropped before authorised money was taken; or None."""
        payment = self.order.payment
        if payment is None or payment.amount == self.order.total:
            return None
        amount = self.order.total - payment.amount
        return GivenBack(amount.amount, _uncharged_units(self.order))


def case_of(events: Iterable[OrderEvent]) -> SettlementCase:
    """The case of one stream. Raises what folding it raises."""
    history = tuple(events)
    order = fold(history)
    completed = (event.completed_at for event in history if isinstance(event, OrderCompleted))
    return SettlementCase(order, next(completed, None), tuple(_refunds(order, history)))


def _refunds(order: Order, history: Sequence[OrderEvent]) -> Iterable[DoneRefund]:
    asked = {event.refund_key: event for event in history if isinstance(event, RefundRequested)}
    own = order.payment.payment_key if order.payment else ""
    for event in history:
        if isinstance(event, PaymentRefunded) and event.payment_key == own:
            units = _units(order, asked.get(event.refund_key))
            yield DoneRefund(event.refund_key, GivenBack(event.amount.amount, units), event.refunded_at)


def _units(order: Order, request: RefundRequested | None) -> tuple[tuple[int, int], ...]:
    if request is None:
        return ()
    if request.cause == SURPLUS:
        return _uncharged_units(order)
    return tuple((units.line, units.quantity) for units in request.units)


def _uncharged_units(order: Order) -> tuple[tuple[int, int], ...]:
    """Units that were dropped before authorised money was taken."""
    return tuple(
        (units.line, units.quantity)
        for shipment in order.shipments
        if shipment.id in order.uncharged
        for units in shipment.plan.units
    )
