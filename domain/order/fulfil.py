"""Getting the goods to the buyer: bookings, acceptance, and what a report about a shipment means.

The money of what does not arrive is decided in the same breath (domain rules 7 and 8).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.address import Address
from domain.catalogue.items import Category
from domain.errors import InvalidStateTransitionError
from domain.order.ending import end_order
from domain.order.errors import ShipmentNotFoundError
from domain.order.events import OrderDelivered, OrderEvent, OrderShipped
from domain.order.fulfilment_events import (
    AddressChanged,
    ServiceAccepted,
    ShipmentBooked,
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentHandedOver,
    ShipmentLost,
    ShipmentReturned,
)
from domain.order.fulfilment_fold import parcel_has_left
from domain.order.order import Order, fold
from domain.order.plan import plan_shipments
from domain.order.refund import refund_dropped
from domain.order.ship import shipment_id as whole_order
from domain.order.shipments import (
    Shipment,
    ShipmentEnd,
    ShipmentStatus,
)
from domain.order.status import CancelReason, FulfilmentStatus, OrderStatus
from domain.ports.carriers import CarrierFactKind

__all__ = [
    "accept_service",
    "book_shipment",
    "change_address",
    "decline_service",
    "deliver_virtual",
    "drop_shipment",
    "overdue_services",
    "plan_shipments",
    "report_shipment",
]

_WAITING = frozenset({ShipmentStatus.PLANNED, ShipmentStatus.BOOKED})
_DROPPED = frozenset({CarrierFactKind.LOST, CarrierFactKind.RETURNED})


def book_shipment(
    order: Order, shipment_id: str, carrier: str, tracking_number: str, at: datetime
) -> tuple[OrderEvent, ...]:
    """The carrier will fetch a parcel. Nothing when it is booked already or will not leave any more.

    Raises `ShipmentNotFoundError`.
    """
    shipment = _shipment(order, shipment_id)
    if not shipment.is_live or shipment.carrier:
        return ()
    return (
        ShipmentBooked(
            shipment_id=shipment_id, carrier=carrier, tracking_number=tracking_number, booked_at=at
        ),
    )


def deliver_virtual(order: Order, at: datetime) -> tuple[OrderEvent, ...]:
    """The buyer has the files. Nothing when they were delivered, or there are none."""
    files = (each for each in order.live_shipments if each.plan.category is Category.VIRTUAL)
    return _arriving(order, files, CarrierFactKind.DELIVERED, at) if order.status is OrderStatus.PAID else ()


def accept_service(order: Order, merchant_id: str, by: str, at: datetime) -> tuple[OrderEvent, ...]:
    """A merchant will do its services; nothing when it said so before.

    Raises `ShipmentNotFoundError` when it has none in this order, `InvalidStateTransitionError` when it
    declined, or is too late, or the order has ended.
    """
    shipment = _service(order, merchant_id)
    if shipment.is_live and shipment.is_handed_over:
        return ()
    if order.status is not OrderStatus.PAID:
        raise InvalidStateTransitionError(current=order.status.value, wanted=ShipmentStatus.HANDED_OVER.value)
    late = shipment.plan.accept_by is not None and at >= shipment.plan.accept_by
    if late or not shipment.is_live:
        current = ShipmentEnd.NOT_ACCEPTED if late and shipment.end is None else shipment.end
        raise InvalidStateTransitionError(
            current=(current or shipment.status).value, wanted=ShipmentStatus.HANDED_OVER.value
        )
    accepted = ServiceAccepted(shipment_id=shipment.id, by=by, accepted_at=at)
    return (accepted, *_whole(order.apply(accepted), at))


def decline_service(order: Order, merchant_id: str, by: str, at: datetime) -> tuple[OrderEvent, ...]:
    """A merchant will not do its services; nothing when that is known.

    Raises `ShipmentNotFoundError`, `InvalidStateTransitionError` when it has accepted.
    """
    return drop_shipment(order, _service(order, merchant_id).id, ShipmentEnd.DECLINED, by, at)


def overdue_services(order: Order, at: datetime) -> tuple[OrderEvent, ...]:
    """Services that no merchant has accepted in time are dropped."""
    events: tuple[OrderEvent, ...] = ()
    after = order
    for shipment in order.live_shipments:
        until = shipment.plan.accept_by
        if shipment.status is ShipmentStatus.PLANNED and until is not None and until <= at:
            more = drop_shipment(after, shipment.id, ShipmentEnd.NOT_ACCEPTED, "system", at)
            after, events = fold(more, onto=after) if more else after, events + more
    return events


def report_shipment(
    order: Order, shipment_id: str, kind: CarrierFactKind, at: datetime
) -> tuple[OrderEvent, ...]:
    """What a carrier says of one shipment, or of all under the order's own shipment id. Never refused.

    Nothing when the order knows it, or knows another end of that shipment. What arrived was handed over
    before. What was cancelled and travels all the same is recorded. Of a service nothing counts before its
    merchant has accepted it. Raises `ShipmentNotFoundError`.
    """
    if shipment_id == whole_order(order.id):
        return _all_reported(order, kind, at)
    shipment = _shipment(order, shipment_id)
    return _reported(order, (shipment,), kind, at) if _concerns(shipment, kind) else ()


def drop_shipment(
    order: Order, shipment_id: str, end: ShipmentEnd, by: str, at: datetime
) -> tuple[OrderEvent, ...]:
    """A shipment will not leave, and its money goes back or is not taken. Nothing when that is known.

    Raises `ShipmentNotFoundError`, `InvalidStateTransitionError` when it has left.
    """
    shipment = _shipment(order, shipment_id)
    if not shipment.is_live:
        return ()
    if shipment.status not in _WAITING:
        raise InvalidStateTransitionError(
            current=shipment.status.value, wanted=ShipmentStatus.CANCELLED.value
        )
    dropped = ShipmentCancelled(shipment_id=shipment_id, reason=end, by=by, cancelled_at=at)
    return (dropped, *_without(order.apply(dropped), shipment, end.value, at))


def change_address(order: Order, address: Address, by: str, at: datetime) -> tuple[OrderEvent, ...]:
    """Send the goods elsewhere, until the first parcel leaves. Nothing when they go there anyway.

    Raises `InvalidStateTransitionError` afterwards.
    """
    before = order.status in {OrderStatus.DRAFT, OrderStatus.CREATED, OrderStatus.PAID}
    if not before or parcel_has_left(order):
        current = order.fulfilment_status.value if before else order.status.value
        raise InvalidStateTransitionError(current=current, wanted="address_changed")
    if order.address == address:
        return ()
    return (AddressChanged(address=address, by=by, changed_at=at),)


def _shipment(order: Order, shipment_id: str) -> Shipment:
    shipment = order.shipment(shipment_id)
    if shipment is None:
        raise ShipmentNotFoundError(order_id=order.id, shipment_id=shipment_id)
    return shipment


def _service(order: Order, merchant_id: str) -> Shipment:
    for shipment in order.shipments:
        if shipment.plan.category is Category.SERVICE and shipment.plan.merchant_id == merchant_id:
            return shipment
    raise ShipmentNotFoundError(order_id=order.id, merchant_id=merchant_id)


def _all_reported(order: Order, kind: CarrierFactKind, at: datetime) -> tuple[OrderEvent, ...]:
    if order.shipments:
        return _reported(order, [each for each in order.shipments if _concerns(each, kind)], kind, at)
    # An order from before there were parcels, which is on its way.
    arrives = kind is CarrierFactKind.DELIVERED and order.fulfilment_status is FulfilmentStatus.SHIPPED
    return (OrderDelivered(shipment_id=whole_order(order.id), delivered_at=at),) if arrives else ()


def _concerns(shipment: Shipment, kind: CarrierFactKind) -> bool:
    # Whoever reports, a service is handed over by its merchant's acceptance alone, and in time.
    if shipment.plan.category is Category.PHYSICAL:
        return True
    accepted = shipment.plan.category is Category.SERVICE and shipment.is_handed_over
    return accepted and kind is CarrierFactKind.DELIVERED


def _reported(
    order: Order, shipments: Iterable[Shipment], kind: CarrierFactKind, at: datetime
) -> tuple[OrderEvent, ...]:
    if kind not in _DROPPED:
        return _arriving(order, shipments, kind, at)
    events: tuple[OrderEvent, ...] = ()
    after = order
    for shipment in shipments:
        if shipment.is_final or shipment.plan.category is not Category.PHYSICAL:
            continue
        gone = (
            ShipmentLost(shipment_id=shipment.id, lost_at=at)
            if kind is CarrierFactKind.LOST
            else ShipmentReturned(shipment_id=shipment.id, returned_at=at)
        )
        was_live = after.status is not OrderStatus.CANCELLED and shipment.is_live
        after = after.apply(gone)
        more = _without(after, shipment, kind.value, at) if was_live else ()
        after = fold(more, onto=after) if more else after
        events = (*events, gone, *more)
    return events


def _arriving(
    order: Order, shipments: Iterable[Shipment], kind: CarrierFactKind, at: datetime
) -> tuple[OrderEvent, ...]:
    events: tuple[OrderEvent, ...] = ()
    for shipment in shipments:
        if not shipment.is_final and not shipment.is_handed_over:
            events += (ShipmentHandedOver(shipment_id=shipment.id, handed_over_at=at),)
        if not shipment.is_final and kind is CarrierFactKind.DELIVERED:
            events += (ShipmentDelivered(shipment_id=shipment.id, delivered_at=at),)
    return (*events, *_whole(fold(events, onto=order), at)) if events else ()


def _without(order: Order, shipment: Shipment, reason: str, at: datetime) -> tuple[OrderEvent, ...]:
    # The shipment is dropped already: first its money, then what that means for the order as a whole.
    if order.status is OrderStatus.CANCELLED:
        return ()
    back = refund_dropped(order, shipment, reason, at)
    after = fold(back, onto=order) if back else order
    if after.live_shipments:
        return (*back, *_whole(after, at))
    if after.authorisation or (after.promised_back.is_zero and not after.holds_money):
        service = shipment.plan.category is Category.SERVICE
        return (
            *back,
            *end_order(after, CancelReason.MERCHANT if service else CancelReason.REFUNDED, "system", at),
        )
    return back


def _whole(order: Order, at: datetime) -> tuple[OrderEvent, ...]:
    """What has become true of the whole order: all handed over, all there."""
    live, whole = order.live_shipments, whole_order(order.id)
    if order.status not in {OrderStatus.PAID, OrderStatus.SHIPPED} or not live:
        return ()
    events: tuple[OrderEvent, ...] = ()
    if order.status is OrderStatus.PAID:
        if not all(shipment.is_handed_over for shipment in live):
            return ()
        events = (OrderShipped(shipment_id=whole, shipped_at=at),)
    on_its_way = order.status is OrderStatus.PAID or order.fulfilment_status is FulfilmentStatus.SHIPPED
    if on_its_way and all(shipment.status is ShipmentStatus.DELIVERED for shipment in live):
        events += (OrderDelivered(shipment_id=whole, delivered_at=at),)
    return events
