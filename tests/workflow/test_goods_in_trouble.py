"""What may happen to goods at the same moment: reports, bookings, recalls and new addresses that cross."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from domain.catalogue.items import Category
from domain.ports.stock import StockLevel
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble
from tests.workflow.gates import until
from tests.workflow.shop import HOME, Customer, Shop
from workflows.client import OrderRefusedError
from workflows.contracts import AcceptService, CancelOrder, ChangeAddress
from workflows.workers import Queues

SOON = timedelta(milliseconds=300)
# Nothing tells when an update waits at the server: no history has it before a worker has taken it. The test
# holds in either case, and says something when the update was there in time.
_ON_ITS_WAY = 0.5
BY_BUYER = CancelOrder("buyer", "buyer-1")
AWAY = replace(HOME, street="2 Hill Road")
TO_AWAY = ChangeAddress("move-1", AWAY, "buyer-1")


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.policies.CARRIER_PATIENCE", SOON)
    monkeypatch.setattr("workflows.policies.RECALL_PATIENCE", SOON)
    monkeypatch.setattr("workflows.policies.MONEY_FIRST_PAUSE", SOON)


async def test_a_cancel_that_was_refused_while_a_parcel_was_away_is_possible_when_it_was_lost(
    shop: Shop,
) -> None:
    await shop.sells("setup", price=3_000, category=Category.SERVICE)
    buyer = await _booked(shop, ("tea", 1), ("setup", 1))
    fact = shop.carrier.hands_over(buyer.shipment(1))
    with pytest.raises(OrderRefusedError):
        await shop.workflows.cancel(buyer.id, BY_BUYER)

    await buyer.parcel("lost", number=1)
    await buyer.becomes(lambda order: order.shipments[0].status == "lost")
    answer = await shop.workflows.cancel(buyer.id, BY_BUYER)
    outcome = await buyer.comes_to_rest()

    assert fact.kind == "handed_over"
    assert answer.status == "cancelled"
    assert outcome.captured == outcome.refunded
    assert await shop.stock.level("tea") == StockLevel("tea", available=4, held=0, sold=0)


async def test_a_parcel_that_left_by_hand_while_the_carrier_refused_it_is_on_its_way(shop: Shop) -> None:
    gate = shop.blocks_at("book_shipment")
    shop.carrier.next_call(CarrierOperation.BOOK, CarrierTrouble.REFUSED)
    buyer = await shop.an_order()
    await buyer.is_paid()
    await gate.reached()

    await buyer.parcel("handed_over", number=1)
    await buyer.becomes(lambda order: order.status == "shipped")
    gate.open()
    await buyer.parcel("delivered", number=1)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.refunded.amount) == ("completed", 0)


async def test_an_address_that_the_carrier_does_not_serve_sends_nothing_on_its_way(shop: Shop) -> None:
    buyer = await _booked(shop)
    shop.carrier.next_call(CarrierOperation.CHANGE_ADDRESS, CarrierTrouble.REFUSED)

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.change_address(buyer.id, TO_AWAY)
    order = await buyer.order()

    assert refused.value.code == "carrier_refused"
    assert (order.status, order.fulfilment_status, order.address) == ("paid", "unfulfilled", HOME)
    assert shop.carrier.parcels[buyer.shipment(1)].booking.address == HOME


async def test_an_address_that_goes_there_and_back_while_a_parcel_is_booked_is_the_carriers_too(
    shop: Shop,
) -> None:
    buyer = await shop.an_order()
    booked_to = shop.carrier.book
    gate_in, gate_out = asyncio.Event(), asyncio.Event()

    async def slow(booking: Any) -> Any:
        answer = await booked_to(booking)
        gate_in.set()
        await gate_out.wait()
        return answer

    shop.carrier.book = slow  # type: ignore[method-assign]
    await buyer.is_paid()
    await gate_in.wait()
    parcel = shop.carrier.parcels[buyer.shipment(1)]
    # The carrier was told an address in between, and the order is back at the first one.
    await shop.workflows.change_address(buyer.id, TO_AWAY)
    parcel.booking = replace(parcel.booking, address=AWAY)
    await shop.workflows.change_address(buyer.id, ChangeAddress("move-2", HOME, "buyer-1"))
    gate_out.set()

    await until(lambda: _address(parcel), lambda address: address == HOME)


@pytest.mark.usefixtures("short_patience")
async def test_a_parcel_that_the_carrier_never_answers_about_hides_no_other(shop: Shop) -> None:
    await shop.sells_from("east", "cup", price=4_000)
    await shop.sells_from("west", "pot", price=6_000)
    buyer = await _booked(shop, ("cup", 1), ("pot", 1), carrier_poll=SOON)
    await shop.carrier.booked(buyer.shipment(2))
    await buyer.becomes(lambda order: all(each.carrier for each in order.shipments))
    silent = buyer.shipment(1)
    track = shop.carrier.track

    async def of_one_nothing(shipment_id: str) -> Any:
        if shipment_id == silent:
            raise ConnectionRefusedError
        return await track(shipment_id)

    shop.carrier.track = of_one_nothing  # type: ignore[method-assign]
    shop.carrier.delivers(buyer.shipment(2))

    await buyer.becomes(lambda order: order.shipments[1].status == "delivered")


async def test_a_parcel_that_travels_after_its_own_recall_is_told_to_somebody(shop: Shop) -> None:
    await shop.sells_from("east", "cup", price=4_000)
    await shop.sells_from("west", "pot", price=6_000)
    buyer = await _booked(shop, ("cup", 1), ("pot", 1))
    await shop.carrier.booked(buyer.shipment(2))
    shop.carrier.hands_over(buyer.shipment(2))
    with pytest.raises(OrderRefusedError):
        await shop.workflows.cancel(buyer.id, BY_BUYER)
    await buyer.becomes(lambda order: order.shipments[0].end == "recalled")

    await buyer.parcel("handed_over", number=1)

    await shop.somebody_is_told("goods_travel_after_cancel")
    order = await buyer.becomes(lambda order: order.shipments[0].status == "handed_over")
    assert (order.status, order.refunded.amount) == ("shipped", 4_000)


async def test_what_was_reported_before_a_cancel_counts_before_it(temporal: Client) -> None:
    async with _closed_while(temporal) as (shop, buyer):
        await buyer.parcel("handed_over", number=1)
        cancel = asyncio.create_task(shop.workflows.cancel(buyer.id, BY_BUYER))
        await asyncio.sleep(_ON_ITS_WAY)
        async with shop.opens_again():
            with pytest.raises(OrderRefusedError) as refused:
                await cancel
            order = await buyer.order()

        assert (refused.value.code, order.status) == ("invalid_state_transition", "shipped")
        assert shop.carrier.recalled == set()


async def test_what_was_reported_before_a_new_address_counts_before_it(temporal: Client) -> None:
    async with _closed_while(temporal) as (shop, buyer):
        await buyer.parcel("handed_over", number=1)
        change = asyncio.create_task(shop.workflows.change_address(buyer.id, TO_AWAY))
        await asyncio.sleep(_ON_ITS_WAY)
        async with shop.opens_again():
            with pytest.raises(OrderRefusedError) as refused:
                await change
            order = await buyer.order()

        assert (refused.value.code, order.status) == ("invalid_state_transition", "shipped")
        assert order.address == HOME
        assert "AddressChanged" not in await buyer.kinds()


async def test_two_words_on_a_service_at_once_are_one_word(shop: Shop) -> None:
    await shop.sells("setup", price=3_000, category=Category.SERVICE)
    buyer = await shop.an_order(("setup", 1))
    await buyer.is_paid()

    answers = await asyncio.gather(
        shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "anna")),
        shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "ben", accepted=False)),
        shop.workflows.cancel(buyer.id, BY_BUYER),
        return_exceptions=True,
    )
    order = await buyer.order()

    refused = [each for each in answers if isinstance(each, BaseException)]
    assert all(isinstance(each, OrderRefusedError) for each in refused)
    kinds = await buyer.kinds()
    assert kinds.count("ServiceAccepted") + kinds.count("ShipmentCancelled") == 1
    assert (order.status == "shipped") == ("ServiceAccepted" in kinds)


async def test_goods_that_are_not_on_their_shelves_are_sent_as_soon_as_they_are(shop: Shop) -> None:
    buyer = await shop.an_order(carrier_poll=SOON)
    await buyer.checks_out()
    shelf = shop.stock.shelves.at("tea")
    lost, shelf.on_shelf = shelf.on_shelf, 0
    await buyer.pays_and_it_is_reported()
    await shop.somebody_is_told("not_on_shelves")
    waiting = await buyer.order()

    shelf.on_shelf = lost
    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()

    assert (waiting.status, waiting.shipments) == ("paid", ())
    assert outcome.status == "completed"


async def test_goods_that_are_nowhere_can_be_cancelled_and_are_paid_back(shop: Shop) -> None:
    await shop.sells("song", price=500, category=Category.VIRTUAL)
    buyer = await shop.an_order(("tea", 1), ("song", 1), carrier_poll=SOON)
    await buyer.checks_out()
    shop.stock.shelves.at("tea").on_shelf = 0
    await buyer.pays_and_it_is_reported()
    await shop.somebody_is_told("not_on_shelves")

    await shop.workflows.cancel(buyer.id, BY_BUYER)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.refunded) == ("cancelled", outcome.captured)
    assert await shop.stock.level("song") == StockLevel("song", available=5, held=0, sold=0)


@asynccontextmanager
async def _closed_while(temporal: Client) -> AsyncIterator[tuple[Shop, Customer]]:
    """A shop whose workers have gone home after an order was paid and booked."""
    name = uuid4().hex
    shop = Shop(temporal, Queues(f"orders-{name}", f"payments-{name}"))
    async with shop.opens_again():
        await shop.sells()
        buyer = await _booked(shop)
    yield shop, buyer


async def _address(parcel: Any) -> Any:
    return parcel.booking.address


async def _booked(shop: Shop, *lines: tuple[str, int], **policies: Any) -> Customer:
    buyer = await shop.an_order(*lines, **policies)
    await buyer.is_paid()
    await buyer.becomes(lambda order: order.shipments[0].status == "booked")
    return buyer
