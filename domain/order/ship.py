"""Handing an order over, and the end of a good story."""

from __future__ import annotations

from datetime import datetime

from domain.catalogue.items import Category
from domain.errors import InvalidStateTransitionError
from domain.order.events import OrderCompleted, OrderDelivered, OrderShipped
from domain.order.fulfilment_fold import everything_has_left, may_complete
from domain.order.order import Order
from domain.order.shipments import ShipmentStatus
from domain.order.status import FulfilmentStatus, OrderStatus, check_transition


def shipment_id(order_id: str) -> str:
    """The stable id of an order's shipment."""
    return f"shp_{order_id}"


def is_all_virtual(order: Order) -> bool:
    """True when nothing has to be carried: such orders are delivered at once after payment."""
    return all(line.category is Category.VIRTUAL for line in order.lines)


def ship_order(order: Order, at: datetime) -> OrderShipped:
    """All lines were handed over. Only a paid order is shipped, and not while a parcel of it is here."""
    check_transition(order.status, OrderStatus.SHIPPED)
    if order.shipments and not everything_has_left(order):
        raise InvalidStateTransitionError(
            current=order.fulfilment_status.value, wanted=OrderStatus.SHIPPED.value
        )
    return OrderShipped(shipment_id=shipment_id(order.id), shipped_at=at)


def deliver_order(order: Order, at: datetime) -> OrderDelivered:
    """The buyer has the goods. Only a shipped order that is still on its way is delivered."""
    if order.status is not OrderStatus.SHIPPED:
        raise InvalidStateTransitionError(current=order.status.value, wanted=FulfilmentStatus.DELIVERED.value)
    underway = any(shipment.status is not ShipmentStatus.DELIVERED for shipment in order.live_shipments)
    if order.fulfilment_status is not FulfilmentStatus.SHIPPED or underway:
        raise InvalidStateTransitionError(
            current=order.fulfilment_status.value, wanted=FulfilmentStatus.DELIVERED.value
        )
    return OrderDelivered(shipment_id=shipment_id(order.id), delivered_at=at)


def complete_order(order: Order, at: datetime) -> OrderCompleted:
    """Delivered, and the return window is over. Goods on their way cannot be complete, nor money that is
    only authorised.
    """
    check_transition(order.status, OrderStatus.COMPLETED)
    if not may_complete(order):
        current = order.payment_status if order.authorisation else order.fulfilment_status
        raise InvalidStateTransitionError(current=current.value, wanted=OrderStatus.COMPLETED.value)
    return OrderCompleted(completed_at=at)
