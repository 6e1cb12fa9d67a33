"""What leaves from where: the shipments of a paid order. What becomes of them is `domain.order.fulfil`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.catalogue.items import Category
from domain.errors import InvalidStateTransitionError, InvalidValueError
from domain.order.counts import as_units
from domain.order.fulfilment_events import ShipmentsPlanned
from domain.order.order import Order
from domain.order.shipments import PlannedShipment, Units, shipment_number
from domain.order.status import OrderStatus
from domain.stock.allocation import AllocatedUnits

_Part = tuple[Category, tuple[Units, ...], str, str, datetime | None]


def plan_shipments(
    order: Order, allocated: Sequence[AllocatedUnits], accept_by: datetime, at: datetime
) -> ShipmentsPlanned:
    """One parcel per warehouse, one shipment per merchant's services, one for all files; in that order.

    `allocated` says where the physical goods come from, all of them, else `InvalidValueError`. Raises
    `InvalidStateTransitionError` unless the order is paid and nothing was planned yet.
    """
    if order.status is not OrderStatus.PAID or order.shipments:
        raise InvalidStateTransitionError(current=order.status.value, wanted=OrderStatus.SHIPPED.value)
    _check_allocated(order, allocated)
    parts = [*_parcels(allocated), *_services(order, accept_by), *_files(order)]
    return ShipmentsPlanned(
        shipments=tuple(
            PlannedShipment(shipment_number(order.id, number), category, units, warehouse, merchant, until)
            for number, (category, units, warehouse, merchant, until) in enumerate(parts, start=1)
        ),
        planned_at=at,
    )


def _check_allocated(order: Order, allocated: Sequence[AllocatedUnits]) -> None:
    given: Counter[int] = Counter()
    for part in allocated:
        given[part.line] += part.quantity
    wanted = {line.line: line.quantity for line in order.lines if line.category is Category.PHYSICAL}
    if given != Counter(wanted):
        raise InvalidValueError(field="allocated", rule="all physical goods of the order, and nothing else")


def _parcels(allocated: Sequence[AllocatedUnits]) -> Iterable[_Part]:
    for warehouse in sorted({part.warehouse_id for part in allocated}):
        here: Counter[int] = Counter()
        for part in allocated:
            if part.warehouse_id == warehouse:
                here[part.line] += part.quantity
        yield Category.PHYSICAL, as_units(here), warehouse, "", None


def _services(order: Order, accept_by: datetime) -> Iterable[_Part]:
    services = [line for line in order.lines if line.category is Category.SERVICE]
    for merchant in sorted({line.merchant_id for line in services}):
        units = tuple(Units(line.line, line.quantity) for line in services if line.merchant_id == merchant)
        yield Category.SERVICE, units, "", merchant, accept_by


def _files(order: Order) -> Iterable[_Part]:
    files = tuple(
        Units(line.line, line.quantity) for line in order.lines if line.category is Category.VIRTUAL
    )
    if files:
        yield Category.VIRTUAL, files, "", "", None
