"""What every carrier promises, over the fake and over the real service on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from domain.address import Address
from domain.ports.carriers import (
    CarrierCallbackRejectedError,
    CarrierFactKind,
    CarrierOutcomeUnknownError,
    CarrierRefusedError,
    ParcelBooking,
    ParcelItem,
)
from tests.contract.carrier_worlds import LEEDS, CarrierWorld, FakeWorld, SandboxWorld, a_booking
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble
from tests.support.sandbox_carrier import running_carrier
from tests.support.sandbox_provider import CallbackReceiver

HANDED_OVER, DELIVERED = CarrierFactKind.HANDED_OVER, CarrierFactKind.DELIVERED
LOST, RETURNED = CarrierFactKind.LOST, CarrierFactKind.RETURNED
YORK = Address("2 Low Street", "York", "YO1 1AA", "GB")


@pytest_asyncio.fixture(scope="module")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SandboxWorld]:
    receiver = CallbackReceiver()
    with running_carrier(tmp_path_factory.mktemp("carrier")) as service:
        world = SandboxWorld(service, receiver)
        yield world
        await world.close()
    receiver.close()


@pytest.fixture(params=["fake", "sandbox"])
def world(request: pytest.FixtureRequest) -> CarrierWorld:
    if request.param == "fake":
        return FakeWorld()
    world: CarrierWorld = request.getfixturevalue(request.param)
    return world


async def booked(world: CarrierWorld) -> ParcelBooking:
    booking = a_booking()
    await world.carrier.book(booking)
    return booking


async def kinds(world: CarrierWorld, booking: ParcelBooking) -> list[CarrierFactKind]:
    return [fact.kind for fact in await world.carrier.track(booking.shipment_id)]


async def test_booking_twice_with_one_shipment_books_one_parcel(world: CarrierWorld):
    booking = a_booking()
    first = await world.carrier.book(booking)
    assert await world.carrier.book(booking) == first
    assert first.shipment_id == booking.shipment_id
    assert first.tracking_number


async def test_a_parcel_may_hold_many_lines_of_any_name(world: CarrierWorld):
    items = tuple(ParcelItem(f"Größe {n} 茶", "丝" * 200, 9_999) for n in range(1_000))
    booking = replace(a_booking(), items=items, address=replace(LEEDS, street="Łąkowa 1/茶", city="東京"))
    first = await world.carrier.book(booking)
    assert await world.carrier.book(booking) == first
    assert await world.goes_to(booking.shipment_id) == "東京"


async def test_two_shipments_have_two_tracking_numbers(world: CarrierWorld):
    one, other = await world.carrier.book(a_booking()), await world.carrier.book(a_booking())
    assert one.tracking_number != other.tracking_number


async def test_a_shipment_cannot_be_booked_with_another_content(world: CarrierWorld):
    booking = await booked(world)
    for other in (
        replace(booking, warehouse_id="north"),
        replace(booking, items=booking.items[:1]),
        replace(booking, order_number="N0"),
    ):
        with pytest.raises(CarrierRefusedError):
            await world.carrier.book(other)


async def test_a_repeated_booking_goes_where_the_last_one_said_until_it_leaves(world: CarrierWorld):
    booking = a_booking()
    first = await world.carrier.book(booking)
    assert await world.carrier.book(replace(booking, address=YORK)) == first
    assert await world.goes_to(booking.shipment_id) == "York"
    await world.happens(booking.shipment_id, HANDED_OVER)
    assert await world.carrier.book(booking) == first
    assert await world.goes_to(booking.shipment_id) == "York"


async def test_nothing_has_happened_to_a_parcel_that_is_only_booked(world: CarrierWorld):
    assert await kinds(world, await booked(world)) == []


async def test_of_a_shipment_it_never_heard_of_the_carrier_knows_nothing(world: CarrierWorld):
    assert await world.carrier.track("shp_never-heard-of_1") == ()


@pytest.mark.parametrize("last", [DELIVERED, LOST, RETURNED])
async def test_tracking_tells_all_that_happened_the_oldest_first(world: CarrierWorld, last: CarrierFactKind):
    booking = await booked(world)
    await world.happens(booking.shipment_id, HANDED_OVER)
    await world.happens(booking.shipment_id, last)
    facts = await world.carrier.track(booking.shipment_id)
    assert [fact.kind for fact in facts] == [HANDED_OVER, last]
    assert facts[0].occurred_at < facts[1].occurred_at
    assert facts[0].event_id != facts[1].event_id
    assert {(fact.carrier, fact.shipment_id) for fact in facts} == {
        (world.carrier.carrier, booking.shipment_id)
    }


async def test_a_booked_parcel_is_recalled_once_and_for_all(world: CarrierWorld):
    booking = await booked(world)
    assert await world.carrier.recall(booking.shipment_id)
    assert await world.carrier.recall(booking.shipment_id)
    with pytest.raises(CarrierRefusedError):
        await world.carrier.book(booking)
    assert not await world.carrier.change_address(booking.shipment_id, YORK)


@pytest.mark.parametrize("last", [HANDED_OVER, DELIVERED, LOST, RETURNED])
async def test_a_parcel_that_has_left_cannot_be_recalled(world: CarrierWorld, last: CarrierFactKind):
    booking = await booked(world)
    await world.happens(booking.shipment_id, HANDED_OVER)
    if last is not HANDED_OVER:
        await world.happens(booking.shipment_id, last)
    assert not await world.carrier.recall(booking.shipment_id)


async def test_what_was_recalled_before_it_was_booked_can_never_be_booked(world: CarrierWorld):
    booking = a_booking()
    assert await world.carrier.recall(booking.shipment_id)
    assert await world.carrier.recall(booking.shipment_id)
    with pytest.raises(CarrierRefusedError):
        await world.carrier.book(booking)
    assert not await world.carrier.change_address(booking.shipment_id, YORK)
    assert await world.carrier.track(booking.shipment_id) == ()


async def test_a_booked_parcel_can_be_sent_elsewhere_until_it_leaves(world: CarrierWorld):
    booking = await booked(world)
    assert await world.carrier.change_address(booking.shipment_id, YORK)
    assert await world.carrier.change_address(booking.shipment_id, YORK)
    assert await world.goes_to(booking.shipment_id) == "York"
    await world.happens(booking.shipment_id, HANDED_OVER)
    assert not await world.carrier.change_address(booking.shipment_id, LEEDS)
    assert await world.goes_to(booking.shipment_id) == "York"


async def test_a_parcel_that_nobody_booked_cannot_be_sent_elsewhere(world: CarrierWorld):
    with pytest.raises(CarrierRefusedError):
        await world.carrier.change_address(a_booking().shipment_id, YORK)


@pytest.mark.parametrize("trouble", [CarrierTrouble.UNAVAILABLE, CarrierTrouble.EXECUTED_THEN_TIMEOUT])
async def test_a_booking_of_unknown_outcome_is_repeated_safely(world: CarrierWorld, trouble: CarrierTrouble):
    booking = a_booking()
    await world.trouble(CarrierOperation.BOOK, trouble)
    with pytest.raises(CarrierOutcomeUnknownError):
        await world.carrier.book(booking)
    first = await world.carrier.book(booking)
    assert await world.carrier.book(booking) == first


@pytest.mark.parametrize("trouble", [CarrierTrouble.UNAVAILABLE, CarrierTrouble.EXECUTED_THEN_TIMEOUT])
async def test_a_recall_of_unknown_outcome_is_repeated_safely(world: CarrierWorld, trouble: CarrierTrouble):
    booking = await booked(world)
    await world.trouble(CarrierOperation.RECALL, trouble)
    with pytest.raises(CarrierOutcomeUnknownError):
        await world.carrier.recall(booking.shipment_id)
    assert await world.carrier.recall(booking.shipment_id)
    with pytest.raises(CarrierRefusedError):
        await world.carrier.book(booking)


@pytest.mark.parametrize("operation", [CarrierOperation.TRACK, CarrierOperation.CHANGE_ADDRESS])
async def test_an_unavailable_carrier_leaves_the_outcome_unknown(
    world: CarrierWorld, operation: CarrierOperation
):
    booking = await booked(world)
    await world.trouble(operation, CarrierTrouble.UNAVAILABLE)
    tracking = operation is CarrierOperation.TRACK
    carrier, shipment_id = world.carrier, booking.shipment_id
    with pytest.raises(CarrierOutcomeUnknownError):
        await (carrier.track(shipment_id) if tracking else carrier.change_address(shipment_id, YORK))
    assert await world.goes_to(booking.shipment_id) == "Leeds"


async def test_a_booking_that_the_carrier_refuses_is_refused_for_good(world: CarrierWorld):
    booking = a_booking()
    await world.trouble(CarrierOperation.BOOK, CarrierTrouble.REFUSED)
    with pytest.raises(CarrierRefusedError):
        await world.carrier.book(booking)
    assert await world.carrier.track(booking.shipment_id) == ()


async def test_a_callback_tells_the_same_as_tracking(world: CarrierWorld):
    booking = await booked(world)
    await world.happens(booking.shipment_id, HANDED_OVER)
    await world.happens(booking.shipment_id, DELIVERED)
    for fact in await world.carrier.track(booking.shipment_id):
        headers, body = await world.callback(fact)
        assert world.carrier.read_callback(headers, body, datetime.now(UTC)) == fact


async def test_a_callback_changed_by_one_byte_is_rejected(world: CarrierWorld):
    booking = await booked(world)
    await world.happens(booking.shipment_id, HANDED_OVER)
    headers, body = await world.callback((await world.carrier.track(booking.shipment_id))[0])
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        with pytest.raises(CarrierCallbackRejectedError):
            world.carrier.read_callback(headers, changed, datetime.now(UTC))


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
async def test_a_callback_from_another_time_is_rejected(world: CarrierWorld, age: timedelta):
    booking = await booked(world)
    await world.happens(booking.shipment_id, HANDED_OVER)
    headers, body = await world.callback((await world.carrier.track(booking.shipment_id))[0])
    with pytest.raises(CarrierCallbackRejectedError):
        world.carrier.read_callback(headers, body, datetime.now(UTC) + age)
