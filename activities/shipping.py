"""Sends parcels on their way: orders by what their context tells, carriers by their port, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from domain.address import Address
from domain.errors import DomainError
from domain.ports.carriers import BookedParcel, Carrier, ParcelBooking, ParcelItem
from domain.ports.order_context import OrderContext, OrderShipmentV1, OrderV1
from domain.ports.personal_data import BuyerErasedError


class ShipmentUnknownError(DomainError):
    """The order has no such shipment."""

    code = "shipment_unknown"


class NoDestinationError(DomainError):
    """A parcel without an address goes nowhere."""

    code = "no_destination"


@dataclass(frozen=True, slots=True)
class ShippingService:
    """Shipping as a context of its own (requirements A13–A15): orders by their published contract, version 1.

    Every call is safe to repeat and raises `UnknownOrderError`, `ShipmentUnknownError`, `NoDestinationError`,
    `BuyerErasedError` when nobody can read any more where the parcel goes, and what `Carrier` raises.
    """

    orders: OrderContext
    carrier: Carrier

    async def schedule_shipment(self, order_id: str, shipment_id: str) -> BookedParcel:
        """Have a planned parcel fetched and brought to where the order says now."""
        order = await self.orders.get_order(order_id)
        shipment = _shipment_in(order, shipment_id)
        return await self.carrier.book(
            ParcelBooking(
                shipment_id=shipment.shipment_id,
                order_number=order.number,
                warehouse_id=shipment.warehouse_id,
                address=_destination_of(order),
                items=_content_of(order, shipment),
            )
        )

    async def send_elsewhere(self, order_id: str, shipment_id: str) -> bool:
        """Bring a booked parcel to where the order says now; False when it has left or was recalled."""
        order = await self.orders.get_order(order_id)
        shipment = _shipment_in(order, shipment_id)
        return await self.carrier.change_address(shipment.shipment_id, _destination_of(order))


def _shipment_in(order: OrderV1, shipment_id: str) -> OrderShipmentV1:
    for shipment in order.shipments:
        if shipment.shipment_id == shipment_id:
            return shipment
    raise ShipmentUnknownError(order_id=order.order_id, shipment_id=shipment_id)


def _destination_of(order: OrderV1) -> Address:
    if order.address is None:
        raise NoDestinationError(order_id=order.order_id)
    if order.address.sealed:
        raise BuyerErasedError(order_id=order.order_id)
    return order.address


def _content_of(order: OrderV1, shipment: OrderShipmentV1) -> tuple[ParcelItem, ...]:
    lines = {line.line: line for line in order.lines}
    return tuple(
        ParcelItem(lines[number].sku, lines[number].title, quantity) for number, quantity in shipment.units
    )
