"""Folds events about goods into an order. Deciding what a report means is `domain.order.fulfil`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, assert_never

from domain.catalogue.items import Category
from domain.order.errors import must
from domain.order.events import OrderDelivered, OrderShipped
from domain.order.fulfilment_events import (
    AddressChanged,
    FulfilmentEvent,
    ServiceAccepted,
    ShipmentBooked,
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentHandedOver,
    ShipmentLost,
    ShipmentReturned,
    ShipmentsPlanned,
)
from domain.order.shipments import Shipment, ShipmentStatus
from domain.order.status import FulfilmentStatus, OrderStatus
from domain.replacing import replace

if TYPE_CHECKING:
    from domain.order.order import Order

_WAITING = frozenset({ShipmentStatus.PLANNED, ShipmentStatus.BOOKED})
_BEFORE_SHIPMENT = frozenset({OrderStatus.DRAFT, OrderStatus.CREATED, OrderStatus.PAID})


def after_movement(order: Order, event: FulfilmentEvent) -> Order:  # noqa: PLR0911 - one case for each event
    """The order after `event`. Raises a `DomainError` when it cannot follow (requirement A4)."""
    match event:
        case ShipmentsPlanned():
            return _planned(order, event)
        case ShipmentBooked():
            return _booked(order, event)
        case ServiceAccepted():
            return _moved(order, event, ShipmentStatus.HANDED_OVER)
        case ShipmentHandedOver():
            return _moved(order, event, ShipmentStatus.HANDED_OVER)
        case ShipmentDelivered():
            return _moved(order, event, ShipmentStatus.DELIVERED)
        case ShipmentLost():
            return _moved(order, event, ShipmentStatus.LOST)
        case ShipmentReturned():
            return _moved(order, event, ShipmentStatus.RETURNED)
        case ShipmentCancelled():
            return _will_not_leave(order, event)
        case AddressChanged():
            must(order.status in _BEFORE_SHIPMENT and not parcel_has_left(order), event, order.status)
            return replace(order, address=event.address)
        case _:
            assert_never(event)


def after_shipped(order: Order, event: OrderShipped) -> Order:
    """All that the buyer will get was handed over: partial failure never counts as complete."""
    must(not order.shipments or everything_has_left(order), event, order.status)
    return replace(order, fulfilment_status=FulfilmentStatus.SHIPPED, shipment_id=event.shipment_id)


def after_delivered(order: Order, event: OrderDelivered) -> Order:
    """The buyer has everything that was not dropped."""
    there = all(shipment.status is ShipmentStatus.DELIVERED for shipment in order.live_shipments)
    must(there and order.fulfilment_status is FulfilmentStatus.SHIPPED, event, order.status)
    return replace(order, fulfilment_status=FulfilmentStatus.DELIVERED)


def everything_has_left(order: Order) -> bool:
    """True when all that the buyer will get was handed over, and there is something."""
    live = order.live_shipments
    return bool(live) and all(shipment.is_handed_over for shipment in live)


def may_complete(order: Order) -> bool:
    """True when the buyer has, or has had, all goods and the money was really taken."""
    received_back = order.fulfilment_status is FulfilmentStatus.RETURNED and (
        not order.shipments or bool(order.live_shipments)
    )
    return (order.fulfilment_status is FulfilmentStatus.DELIVERED or received_back) and (
        order.authorisation is None
    )


def parcel_has_left(order: Order) -> bool:
    """True when a parcel was handed over, whatever became of it: from then on the address stands."""
    parcels = (shipment for shipment in order.shipments if shipment.plan.category is Category.PHYSICAL)
    return any(shipment.is_handed_over or shipment.is_final for shipment in parcels)


def _planned(order: Order, event: ShipmentsPlanned) -> Order:
    wanted: Counter[int] = Counter()
    for plan in event.shipments:
        wanted.update({units.line: units.quantity for units in plan.units})
    ids = {plan.shipment_id for plan in event.shipments}
    held = {line: order.lines[line - 1].quantity if line <= len(order.lines) else 0 for line in wanted}
    fits = all(wanted[line] <= held[line] for line in wanted)
    fresh = not order.shipments and len(ids) == len(event.shipments) > 0
    must(order.status is OrderStatus.PAID and fresh and fits, event, order.status)
    return replace(order, shipments=tuple(Shipment(plan) for plan in event.shipments))


def _booked(order: Order, event: ShipmentBooked) -> Order:
    shipment = _known(order, event, event.shipment_id)
    must(shipment.is_live and not shipment.carrier, event, order.status)
    # The carrier may have reported the parcel before its answer to the booking came.
    status = ShipmentStatus.BOOKED if shipment.status is ShipmentStatus.PLANNED else shipment.status
    booked = replace(shipment, status=status, carrier=event.carrier, tracking_number=event.tracking_number)
    return _with(order, booked)


def _moved(
    order: Order,
    event: ServiceAccepted | ShipmentHandedOver | ShipmentDelivered | ShipmentLost | ShipmentReturned,
    status: ShipmentStatus,
) -> Order:
    # A cancelled parcel that travels all the same is recorded; its `end` keeps it from counting as live.
    shipment = _known(order, event, event.shipment_id)
    again = shipment.is_handed_over and status is ShipmentStatus.HANDED_OVER
    must(not shipment.is_final and not again, event, order.status)
    return _with(order, replace(shipment, status=status))


def _will_not_leave(order: Order, event: ShipmentCancelled) -> Order:
    shipment = _known(order, event, event.shipment_id)
    must(shipment.is_live and shipment.status in _WAITING, event, order.status)
    return _with(order, replace(shipment, status=ShipmentStatus.CANCELLED, end=event.reason))


def _known(order: Order, event: object, shipment_id: str) -> Shipment:
    shipment = order.shipment(shipment_id)
    must(shipment is not None, event, order.status)
    assert shipment is not None
    return shipment


def _with(order: Order, changed: Shipment) -> Order:
    shipments = tuple(changed if known.id == changed.id else known for known in order.shipments)
    after = replace(order, shipments=shipments)
    return replace(after, fulfilment_status=_status(after))


def _status(order: Order) -> FulfilmentStatus:
    # Shipped and delivered are said by events of their own, in the batch of what makes them true.
    live = order.live_shipments
    if not live:
        left = any(shipment.is_final or shipment.is_handed_over for shipment in order.shipments)
        return FulfilmentStatus.RETURNED if left else FulfilmentStatus.UNFULFILLED
    if order.status in {OrderStatus.SHIPPED, OrderStatus.COMPLETED}:
        return order.fulfilment_status
    some = any(shipment.is_handed_over for shipment in live)
    return FulfilmentStatus.PARTIALLY_SHIPPED if some else FulfilmentStatus.UNFULFILLED
