"""What stock hears of an order from its events alone: a small picture, and where the units of its SKUs are.

It says the same as `domain.order.whereabouts` does of the whole order, without keeping one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, replace
from enum import StrEnum

from domain.errors import DomainError
from domain.order.after_sale_events import ReturnReceived
from domain.order.events import (
    OrderCancelled,
    OrderCreated,
    OrderDelivered,
    OrderDrafted,
    OrderEvent,
    OrderShipped,
    PaymentAuthorised,
    PaymentConfirmed,
)
from domain.order.fulfilment_events import (
    ServiceAccepted,
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentHandedOver,
    ShipmentLost,
    ShipmentReturned,
    ShipmentsPlanned,
)
from domain.order.lines import OrderLine
from domain.order.shipments import Units
from domain.order.whereabouts import PLACES, Whereabouts

_NOWHERE = ""
_TO_SEND, _ON_THE_WAY, _DELIVERED, _RETURNED = "to_send", "on_the_way", "delivered", "returned"
Quantities = Mapping[int, int]


class UnheardOrderError(DomainError):
    """An event of an order, or of a parcel of it, whose beginning was not heard."""

    code = "unheard_order"


class Standing(StrEnum):
    """How binding an order is for stock."""

    DRAFT = "draft"
    RESERVED = "reserved"
    SOLD = "sold"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class HeardParcel:
    """Units by line number, and where they are; nowhere for good once it was cancelled."""

    units: Quantities
    place: str = _TO_SEND
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class HeardOrder:
    """`lines` are SKU and quantity. `whole` is where all units are in orders without parcels."""

    lines: tuple[tuple[str, int], ...]
    standing: Standing = Standing.DRAFT
    parcels: Mapping[str, HeardParcel] = field(default_factory=dict)
    whole: str = _NOWHERE
    back: Quantities = field(default_factory=dict)


def hear(order: HeardOrder | None, event: OrderEvent) -> HeardOrder:
    """The picture after an event; most events change nothing. Raises `UnheardOrderError`."""
    if isinstance(event, OrderDrafted):
        return HeardOrder(_lines(event.lines))
    if order is None:
        raise UnheardOrderError(event=type(event).__name__)
    match event:
        case OrderCreated():
            lines = _lines(event.lines) if event.lines else order.lines
            return replace(order, lines=lines, standing=Standing.RESERVED)
        case PaymentConfirmed() | PaymentAuthorised():
            return replace(order, standing=Standing.SOLD)
        case OrderCancelled():
            return replace(order, standing=Standing.CANCELLED)
        case OrderShipped():
            return replace(order, whole=_ON_THE_WAY)
        case OrderDelivered():
            return replace(order, whole=_DELIVERED)
        case ReturnReceived():
            return replace(order, back=_added(order.back, _counted(event.units)))
        case _:
            return _moved(order, event)


def units_of(order: HeardOrder) -> Mapping[str, Whereabouts]:
    """Where the units of each SKU are; SKUs of which nothing is anywhere are missing."""
    found: dict[str, Counter[str]] = {}
    for place, units in _by_place(order).items():
        for line, quantity in units.items():
            if quantity:
                found.setdefault(order.lines[line - 1][0], Counter())[place] += quantity
    return {sku: Whereabouts(**counts) for sku, counts in found.items()}


def difference(
    before: Mapping[str, Whereabouts], after: Mapping[str, Whereabouts]
) -> Mapping[str, tuple[int, ...]]:
    """What is to be added to the counts of each SKU, in the order of `PLACES`; nothing for unchanged ones."""
    nothing = Whereabouts()
    changes = {}
    for sku in before.keys() | after.keys():
        was, now = astuple(before.get(sku, nothing)), astuple(after.get(sku, nothing))
        if was != now:
            changes[sku] = tuple(new - old for old, new in zip(was, now, strict=True))
    return changes


def _moved(order: HeardOrder, event: OrderEvent) -> HeardOrder:
    match event:
        case ShipmentsPlanned():
            planned = {each.shipment_id: HeardParcel(_counted(each.units)) for each in event.shipments}
            return replace(order, parcels=planned)
        case ServiceAccepted() | ShipmentHandedOver():
            return _put(order, event.shipment_id, _ON_THE_WAY)
        case ShipmentDelivered():
            return _put(order, event.shipment_id, _DELIVERED)
        case ShipmentReturned():
            return _put(order, event.shipment_id, _RETURNED)
        case ShipmentLost():
            return _put(order, event.shipment_id, _NOWHERE)
        case ShipmentCancelled():
            return _put(order, event.shipment_id, _NOWHERE, cancelled=True)
        case _:
            return order


def _put(order: HeardOrder, shipment_id: str, place: str, *, cancelled: bool = False) -> HeardOrder:
    parcel = order.parcels.get(shipment_id)
    if parcel is None:
        raise UnheardOrderError(shipment_id=shipment_id)
    # A cancelled parcel that travels all the same was counted off already.
    gone = cancelled or parcel.cancelled
    moved = HeardParcel(parcel.units, _NOWHERE if gone else place, gone)
    return replace(order, parcels={**order.parcels, shipment_id: moved})


def _by_place(order: HeardOrder) -> Mapping[str, Counter[int]]:
    everything = Counter({number: quantity for number, (_, quantity) in enumerate(order.lines, start=1)})
    if order.standing is Standing.DRAFT:
        return {}
    if order.standing is Standing.RESERVED:
        return {"reserved": everything}
    places = {place: Counter[int]() for place in PLACES}
    if order.parcels:
        for parcel in order.parcels.values():
            if parcel.place:
                places[parcel.place].update(parcel.units)
    else:
        places[order.whole or _TO_SEND].update(everything)
    if order.standing is Standing.CANCELLED:
        places[_TO_SEND].clear()
    back = Counter(order.back) & places[_DELIVERED]
    places[_DELIVERED] -= back
    places[_RETURNED] += back
    return places


def _lines(lines: Iterable[OrderLine]) -> tuple[tuple[str, int], ...]:
    return tuple((line.sku, line.quantity) for line in lines)


def _counted(units: Iterable[Units]) -> Quantities:
    counts: Counter[int] = Counter()
    for each in units:
        counts[each.line] += each.quantity
    return dict(counts)


def _added(one: Quantities, other: Quantities) -> Quantities:
    return dict(Counter(one) + Counter(other))
