"""What orders ask of their carrier: when it is silent, refuses, or has been faster."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.ports.stock import StockLevel
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble
from tests.workflow.gates import until
from tests.workflow.shop import HOME, Customer, Shop, cny
from workflows.client import OrderRefusedError
from workflows.contracts import CancelOrder, ChangeAddress

SOON = timedelta(milliseconds=300)
BY_BUYER = CancelOrder("buyer", "buyer-1")
ALL_BACK = StockLevel("tea", available=5, held=0, sold=0)
AWAY = replace(HOME, street="2 Hill Road")
TO_AWAY = ChangeAddress("move-1", AWAY, "buyer-1")


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.policies.CARRIER_PATIENCE", SOON)
    monkeypatch.setattr("workflows.policies.RECALL_PATIENCE", SOON)
    monkeypatch.setattr("workflows.policies.MONEY_FIRST_PAUSE", SOON)


async def test_a_parcel_is_booked_under_its_own_id_with_the_orders_address(shop: Shop) -> None:
    buyer = await shop.an_order()

    await buyer.is_paid()
    order = await buyer.becomes(lambda order: order.shipments[0].status == "booked")

    parcel = shop.carrier.parcels[buyer.shipment(1)]
    assert parcel.booking.address == HOME
    assert (order.shipments[0].carrier, order.shipments[0].tracking_number) == (
        "sandbox",
        parcel.tracking_number,
    )


async def test_a_booking_that_timed_out_is_asked_again_and_made_once(shop: Shop) -> None:
    shop.carrier.next_call(CarrierOperation.BOOK, CarrierTrouble.EXECUTED_THEN_TIMEOUT, times=2)
    buyer = await shop.an_order()

    await buyer.is_paid()
    await buyer.becomes(lambda order: order.shipments[0].status == "booked")

    assert len(shop.carrier.parcels) == 1


@pytest.mark.usefixtures("short_patience")
async def test_a_carrier_that_is_away_is_told_to_somebody_and_asked_until_it_is_back(shop: Shop) -> None:
    shop.carrier.next_call(CarrierOperation.BOOK, CarrierTrouble.UNAVAILABLE, times=3)
    buyer = await shop.an_order()

    await buyer.is_paid()
    await shop.somebody_is_told("step_failed_not_yet")
    await buyer.becomes(lambda order: order.shipments[0].status == "booked")


async def test_a_parcel_that_the_carrier_refuses_is_paid_back_and_for_sale_again(shop: Shop) -> None:
    shop.carrier.next_call(CarrierOperation.BOOK, CarrierTrouble.REFUSED)
    buyer = await shop.an_order()

    await buyer.is_paid()
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.refunded) == ("cancelled", cny(10_000))
    assert (await buyer.order()).shipments[0].end == "not_booked"
    assert await shop.stock.level("tea") == ALL_BACK
    await shop.somebody_is_told("shipment_refused")


async def test_an_order_without_an_address_waits_for_one_and_is_booked_then(shop: Shop) -> None:
    buyer = await shop.an_order(address=None)
    await buyer.is_paid()

    await shop.workflows.change_address(buyer.id, TO_AWAY)
    parcel = await shop.carrier.booked(buyer.shipment(1))

    assert parcel.booking.address == AWAY


async def test_what_a_silent_carrier_has_delivered_is_found_by_asking(shop: Shop) -> None:
    buyer = await shop.an_order(carrier_poll=SOON)
    await buyer.is_paid()
    await shop.carrier.booked(buyer.shipment(1))

    shop.carrier.hands_over(buyer.shipment(1))
    shop.carrier.delivers(buyer.shipment(1))
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"


@pytest.mark.usefixtures("short_patience")
async def test_a_carrier_that_does_not_answer_is_asked_another_time(shop: Shop) -> None:
    buyer = await shop.an_order(carrier_poll=SOON)
    shop.carrier.next_call(CarrierOperation.TRACK, CarrierTrouble.UNAVAILABLE, times=4)
    await buyer.is_paid()
    await shop.carrier.booked(buyer.shipment(1))

    shop.carrier.delivers(buyer.shipment(1))
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"


async def test_a_parcel_that_is_still_here_is_recalled_before_its_order_ends(shop: Shop) -> None:
    buyer = await _booked(shop)

    answer = await shop.workflows.cancel(buyer.id, BY_BUYER)
    outcome = await buyer.comes_to_rest()

    assert answer.status == "cancelled"
    assert outcome.refunded == cny(10_000)
    assert shop.carrier.recalled == {buyer.shipment(1)}
    assert await shop.stock.level("tea") == ALL_BACK


async def test_a_parcel_that_has_left_unheard_keeps_its_order_from_being_cancelled(shop: Shop) -> None:
    buyer = await _booked(shop)
    shop.carrier.hands_over(buyer.shipment(1))

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.cancel(buyer.id, BY_BUYER)
    order = await buyer.order()

    assert (refused.value.code, refused.value.facts["current"]) == ("invalid_state_transition", "shipped")
    assert (order.status, order.fulfilment_status) == ("shipped", "shipped")
    assert shop.payments.refunds == ()


async def test_of_two_parcels_the_one_that_was_recalled_is_paid_back_when_the_other_has_left(
    shop: Shop,
) -> None:
    await shop.sells_from("east", "cup", price=4_000)
    await shop.sells_from("west", "pot", price=6_000)
    buyer = await _booked(shop, ("cup", 1), ("pot", 1))
    await shop.carrier.booked(buyer.shipment(2))
    shop.carrier.hands_over(buyer.shipment(2))

    with pytest.raises(OrderRefusedError):
        await shop.workflows.cancel(buyer.id, BY_BUYER)
    order = await buyer.becomes(lambda order: order.refunds_done)

    assert (order.status, order.refunded) == ("shipped", cny(4_000))
    assert order.shipments[0].end == "recalled"
    assert await shop.stock.level("cup") == StockLevel("cup", available=5, held=0, sold=0)


@pytest.mark.usefixtures("short_patience")
async def test_a_carrier_that_does_not_say_whether_it_recalled_does_not_keep_the_order(shop: Shop) -> None:
    buyer = await _booked(shop)
    shop.carrier.next_call(CarrierOperation.RECALL, CarrierTrouble.UNAVAILABLE, times=5)

    answer = await shop.workflows.cancel(buyer.id, BY_BUYER)
    await buyer.comes_to_rest()

    assert answer.status == "cancelled"
    assert shop.carrier.recalled == {buyer.shipment(1)}
    assert await shop.stock.level("tea") == ALL_BACK


async def test_a_carrier_that_will_not_recall_is_a_persons_matter_and_the_order_ends(shop: Shop) -> None:
    buyer = await _booked(shop)
    shop.carrier.next_call(CarrierOperation.RECALL, CarrierTrouble.REFUSED, times=2)

    await shop.workflows.cancel(buyer.id, BY_BUYER)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.refunded) == ("cancelled", cny(10_000))
    await shop.somebody_is_told("step_failed_carrier_refused")


@pytest.mark.usefixtures("short_patience")
async def test_goods_that_travel_after_the_cancel_are_told_and_put_back_when_they_return(shop: Shop) -> None:
    buyer = await _booked(shop, carrier_poll=SOON)
    shop.carrier.next_call(CarrierOperation.RECALL, CarrierTrouble.UNAVAILABLE, times=2)
    shop.carrier.hands_over(buyer.shipment(1))

    answer = await shop.workflows.cancel(buyer.id, BY_BUYER)
    await shop.somebody_is_told("goods_travel_after_cancel")
    shop.carrier.returns(buyer.shipment(1))
    outcome = await buyer.comes_to_rest()

    assert answer.status == outcome.status == "cancelled"
    assert outcome.refunded == cny(10_000)
    assert (await buyer.order()).shipments[0].status == "returned"
    assert await shop.stock.level("tea") == ALL_BACK


@pytest.mark.usefixtures("short_patience")
async def test_a_parcel_that_travels_in_vain_is_not_waited_for_for_ever(shop: Shop) -> None:
    buyer = await _booked(shop, carrier_poll=SOON, shipping_window=timedelta(seconds=1))
    shop.carrier.next_call(CarrierOperation.RECALL, CarrierTrouble.UNAVAILABLE, times=2)
    shop.carrier.hands_over(buyer.shipment(1))

    await shop.workflows.cancel(buyer.id, BY_BUYER)
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "cancelled"
    await shop.somebody_is_told("shipping_overdue")


async def test_an_order_that_is_cancelled_while_it_is_booked_leaves_no_parcel(shop: Shop) -> None:
    gate = shop.blocks_at("book_shipment")
    buyer = await shop.an_order()
    await buyer.is_paid()
    await gate.reached()

    cancel = asyncio.create_task(shop.workflows.cancel(buyer.id, BY_BUYER))
    await until(lambda: _recalled(shop), lambda recalled: recalled == {buyer.shipment(1)})
    gate.open()
    await cancel
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "cancelled"
    assert shop.carrier.parcels == {}


async def _recalled(shop: Shop) -> set[str]:
    return shop.carrier.recalled


async def _booked(shop: Shop, *lines: tuple[str, int], **policies: Any) -> Customer:
    buyer = await shop.an_order(*lines, **policies)
    await buyer.is_paid()
    await buyer.becomes(lambda order: order.shipments[0].status == "booked")
    return buyer
