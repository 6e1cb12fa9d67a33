"""What may be done with an order now, as names that pages and callers show."""

from __future__ import annotations

from enum import StrEnum

from domain.order.order import Order
from domain.order.pay import MOST_ATTEMPTS
from domain.order.status import OrderStatus, PaymentStatus


class Action(StrEnum):
    """One thing that somebody may ask of an order."""

    CONFIRM_PRICE = "confirm_price"
    DECLINE_PRICE = "decline_price"
    PAY = "pay"
    PAY_AGAIN = "pay_again"
    CANCEL = "cancel"


_CANCELLABLE = frozenset({OrderStatus.DRAFT, OrderStatus.CREATED, OrderStatus.PAID})


def allowed_actions(order: Order) -> tuple[Action, ...]:
    """The actions that the order would not refuse in this state."""
    actions: list[Action] = []
    if order.status is OrderStatus.DRAFT:
        actions += [Action.CONFIRM_PRICE, Action.DECLINE_PRICE]
    if order.status is OrderStatus.CREATED and order.payment_status is PaymentStatus.PENDING:
        actions.append(Action.PAY)
    if (
        order.status is OrderStatus.CREATED
        and order.payment_status is PaymentStatus.FAILED
        and len(order.attempts) < MOST_ATTEMPTS
    ):
        actions.append(Action.PAY_AGAIN)
    if order.status in _CANCELLABLE:
        actions.append(Action.CANCEL)
    return tuple(actions)
