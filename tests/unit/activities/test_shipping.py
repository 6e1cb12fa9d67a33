"""Shipping books parcels for orders that it only knows by their published picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from activities.shipping import NoDestinationError, ShipmentUnknownError, ShippingService
from adapters.clock import RandomIds, SystemClock
from adapters.memory.order_context import MemoryOrderContext
from adapters.memory.snapshots import MemoryPriceSnapshots
from domain.address import Address
from domain.catalogue.items import Category
from domain.order.order import Order
from domain.order.shipments import PlannedShipment, Shipment, Units, shipment_number
from domain.ports.carriers import BookedParcel, ParcelBooking, ParcelItem
from domain.ports.order_context import UnknownOrderError
from tests.support.builders import HOME, an_order

ELSEWHERE = Address("2 Mill Lane", "Leeds", "LS1 4AP", "GB")
NORTH = shipment_number("ord_1", 1)


class Carrier:
    """Notes what it is asked."""

    carrier = "test"

    def __init__(self) -> None:
        self.booked: list[ParcelBooking] = []
        self.moved: list[tuple[str, Address]] = []

    async def book(self, booking: ParcelBooking) -> BookedParcel:
        self.booked.append(booking)
        return BookedParcel(booking.shipment_id, "T-1")

    async def change_address(self, shipment_id: str, address: Address) -> bool:
        self.moved.append((shipment_id, address))
        return True


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def orders() -> MemoryOrderContext:
    context = MemoryOrderContext(MemoryPriceSnapshots(), SystemClock(), RandomIds())
    context.put(an_order_in_two_parcels())
    return context


@pytest.fixture
def shipping(orders: MemoryOrderContext, carrier: Carrier) -> ShippingService:
    return ShippingService(orders, carrier)  # type: ignore[arg-type] # the calls that shipping makes


def an_order_in_two_parcels() -> Order:
    order = an_order().with_line("mug", 3).with_line("pot", 2).paid().order
    north = PlannedShipment(NORTH, Category.PHYSICAL, (Units(1, 1), Units(2, 2)), "north")
    south = PlannedShipment(shipment_number("ord_1", 2), Category.PHYSICAL, (Units(1, 2),), "south")
    return replace(order, shipments=(Shipment(north), Shipment(south)))


async def test_a_parcel_is_booked_with_what_is_in_it_and_where_it_goes(
    shipping: ShippingService, carrier: Carrier
) -> None:
    booked = await shipping.schedule_shipment("ord_1", NORTH)

    assert booked == BookedParcel(NORTH, "T-1")
    (asked,) = carrier.booked
    assert (asked.shipment_id, asked.warehouse_id, asked.address) == (NORTH, "north", HOME)
    assert asked.items == (ParcelItem("mug", "Mug", 1), ParcelItem("pot", "Pot", 2))
    assert asked.order_number == an_order_in_two_parcels().number


async def test_a_parcel_follows_the_order_to_its_new_address(
    shipping: ShippingService, carrier: Carrier, orders: MemoryOrderContext
) -> None:
    orders.put(replace(an_order_in_two_parcels(), address=ELSEWHERE))

    assert await shipping.send_elsewhere("ord_1", NORTH)
    assert carrier.moved == [(NORTH, ELSEWHERE)]


async def test_what_the_order_does_not_have_is_not_booked(
    shipping: ShippingService, carrier: Carrier, orders: MemoryOrderContext
) -> None:
    with pytest.raises(ShipmentUnknownError):
        await shipping.schedule_shipment("ord_1", shipment_number("ord_1", 3))
    with pytest.raises(UnknownOrderError):
        await shipping.schedule_shipment("ord_2", NORTH)
    orders.put(replace(an_order_in_two_parcels(), address=None))
    with pytest.raises(NoDestinationError):
        await shipping.schedule_shipment("ord_1", NORTH)

    assert carrier.booked == []
