"""Where the units of an order are: promised, to send, on the way, with the buyer, back. It moves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from domain.order.counts import counted, ordered
from domain.order.shipments import Shipment, ShipmentStatus
from domain.order.status import FulfilmentStatus, OrderStatus

if TYPE_CHECKING:
    from domain.order.order import Order

_PLACES: Mapping[ShipmentStatus, str] = {
    ShipmentStatus.PLANNED: "to_send",
    ShipmentStatus.BOOKED: "to_send",
    ShipmentStatus.HANDED_OVER: "on_the_way",
    ShipmentStatus.DELIVERED: "delivered",
    ShipmentStatus.RETURNED: "returned",
}
# Orders of before there were shipments say it of all their units at once.
_AT_ONCE: Mapping[FulfilmentStatus, str] = {
    FulfilmentStatus.SHIPPED: "on_the_way",
    FulfilmentStatus.DELIVERED: "delivered",
    FulfilmentStatus.RETURNED: "returned",
}


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Units of one SKU. `reserved` waits for money; `returned` came back, whether it is sold again or not.

    What was lost, or dropped before it left, is nowhere.
    """

    reserved: int = 0
    to_send: int = 0
    on_the_way: int = 0
    delivered: int = 0
    returned: int = 0


PLACES = tuple(field.name for field in fields(Whereabouts))


def whereabouts(order: Order) -> Mapping[str, Whereabouts]:
    """Where the units of each SKU of the order are; SKUs of which nothing is anywhere are missing."""
    skus = [line.sku for line in order.lines]
    found: dict[str, Counter[str]] = {}
    for place, units in _by_place(order).items():
        for line, quantity in units.items():
            found.setdefault(skus[line - 1], Counter())[place] += quantity
    return {sku: Whereabouts(**counts) for sku, counts in found.items() if any(counts.values())}


def _by_place(order: Order) -> Mapping[str, Counter[int]]:
    if order.status is OrderStatus.DRAFT:
        return {}
    if order.status is OrderStatus.CREATED:
        return {"reserved": ordered(order)}
    places: dict[str, Counter[int]] = {}
    if order.shipments:
        for shipment in order.shipments:
            place = _place_of(shipment, order.status)
            if place:
                places.setdefault(place, Counter()).update(counted(shipment.plan.units))
    else:
        place = _AT_ONCE.get(order.fulfilment_status, "to_send" if order.status is OrderStatus.PAID else "")
        if place:
            places[place] = ordered(order)
    return _after_returns(order, places)


def _place_of(shipment: Shipment, status: OrderStatus) -> str:
    if shipment.end is not None:
        return ""
    place = _PLACES.get(shipment.status, "")
    return "" if place == "to_send" and status is OrderStatus.CANCELLED else place


def _after_returns(order: Order, places: dict[str, Counter[int]]) -> Mapping[str, Counter[int]]:
    came = counted(units for case in order.returns for units in case.received)
    back = came & places.get("delivered", Counter())
    if back:
        places["delivered"] = places["delivered"] - back
        places["returned"] = places.get("returned", Counter()) + back
    return places
