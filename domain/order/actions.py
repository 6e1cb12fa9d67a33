"""What may be done with an order now, as names that pages and callers show."""

from __future__ import annotations

from enum import StrEnum

from domain.catalogue.items import Category
from domain.order.counts import returnable
from domain.order.fulfilment_fold import parcel_has_left
from domain.order.order import Order
from domain.order.pay import MOST_ATTEMPTS
from domain.order.refund import may_refund
from domain.order.returns import ReturnStatus
from domain.order.shipments import ShipmentStatus
from domain.order.status import OrderStatus, PaymentStatus


class Action(StrEnum):
    """One thing that somebody may ask of an order."""

    CONFIRM_PRICE = "confirm_price"
    DECLINE_PRICE = "decline_price"
    PAY = "pay"
    PAY_AGAIN = "pay_again"
    CANCEL = "cancel"
    CHANGE_ADDRESS = "change_address"
    ACCEPT_SERVICE = "accept_service"
    REQUEST_RETURN = "request_return"
    DECIDE_RETURN = "decide_return"
    RECEIVE_RETURN = "receive_return"
    REQUEST_REFUND = "request_refund"
    SETTLE_REVIEW = "settle_review"


_BEFORE_SHIPMENT = frozenset({OrderStatus.DRAFT, OrderStatus.CREATED, OrderStatus.PAID})


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
    if order.status in _BEFORE_SHIPMENT and not order.has_left:
        actions.append(Action.CANCEL)
    return (*actions, *_with_goods(order), *_after_sale(order))


def _with_goods(order: Order) -> list[Action]:
    actions = []
    carried = any(line.category is Category.PHYSICAL for line in order.lines)
    if carried and order.status in _BEFORE_SHIPMENT and not parcel_has_left(order):
        actions.append(Action.CHANGE_ADDRESS)
    waiting = any(
        shipment.plan.category is Category.SERVICE and shipment.status is ShipmentStatus.PLANNED
        for shipment in order.live_shipments
    )
    if waiting and order.status is OrderStatus.PAID:
        actions.append(Action.ACCEPT_SERVICE)
    return actions


def _after_sale(order: Order) -> list[Action]:
    actions = []
    if returnable(order) and order.authorisation is None:
        actions.append(Action.REQUEST_RETURN)
    if any(case.status is ReturnStatus.REQUESTED for case in order.returns):
        actions.append(Action.DECIDE_RETURN)
    if any(case.status is ReturnStatus.APPROVED and case.goods_back for case in order.returns):
        actions.append(Action.RECEIVE_RETURN)
    if may_refund(order):
        actions.append(Action.REQUEST_REFUND)
    if order.in_review:
        actions.append(Action.SETTLE_REVIEW)
    return actions
