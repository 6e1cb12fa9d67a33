"""Goods that are to go elsewhere, before and after somebody was asked to fetch them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.address import Address
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble, FakeParcel
from tests.workflow.gates import until
from tests.workflow.shop import HOME, Customer, Shop
from workflows.client import OrderRefusedError
from workflows.contracts import ChangeAddress

SOON = timedelta(milliseconds=300)
AWAY = replace(HOME, street="2 Hill Road")
TO_AWAY = ChangeAddress("move-1", AWAY, "buyer-1")


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.policies.CARRIER_PATIENCE", SOON)
    monkeypatch.setattr("workflows.policies.RECALL_PATIENCE", SOON)
    monkeypatch.setattr("workflows.policies.MONEY_FIRST_PAUSE", SOON)


async def test_an_address_can_be_changed_before_the_money_comes(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()

    answer = await shop.workflows.change_address(buyer.id, TO_AWAY)
    await buyer.pays_and_it_is_reported()
    parcel = await shop.carrier.booked(buyer.shipment(1))

    assert answer.status == "created"
    assert parcel.booking.address == AWAY


async def test_a_booked_parcel_goes_to_the_new_address(shop: Shop) -> None:
    buyer = await _booked(shop)

    await shop.workflows.change_address(buyer.id, TO_AWAY)
    again = await shop.workflows.change_address(buyer.id, TO_AWAY)

    assert shop.carrier.parcels[buyer.shipment(1)].booking.address == AWAY
    assert (await buyer.order()).address == AWAY
    assert again.version == (await buyer.order()).version


async def test_an_address_cannot_be_changed_when_a_parcel_has_left_unheard(shop: Shop) -> None:
    await shop.sells_from("east", "cup", price=4_000)
    await shop.sells_from("west", "pot", price=6_000)
    buyer = await _booked(shop, ("cup", 1), ("pot", 1))
    await shop.carrier.booked(buyer.shipment(2))
    await buyer.becomes(lambda order: all(each.carrier for each in order.shipments))
    shop.carrier.hands_over(buyer.shipment(2))

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.change_address(buyer.id, TO_AWAY)
    order = await buyer.order()

    assert refused.value.code == "invalid_state_transition"
    assert (order.address, order.fulfilment_status) == (HOME, "partially_shipped")
    parcel = shop.carrier.parcels[buyer.shipment(1)]
    await until(lambda: _address(parcel), lambda address: address == HOME)


@pytest.mark.usefixtures("short_patience")
async def test_a_silent_carrier_is_told_the_new_address_until_it_has_heard(shop: Shop) -> None:
    buyer = await _booked(shop)
    shop.carrier.next_call(CarrierOperation.CHANGE_ADDRESS, CarrierTrouble.UNAVAILABLE, times=4)

    await shop.workflows.change_address(buyer.id, TO_AWAY)

    parcel = shop.carrier.parcels[buyer.shipment(1)]
    await until(lambda: _address(parcel), lambda address: address == AWAY)


@pytest.mark.usefixtures("short_patience")
async def test_a_parcel_that_left_before_the_carrier_heard_is_told_to_somebody(shop: Shop) -> None:
    buyer = await _booked(shop)
    shop.carrier.next_call(CarrierOperation.CHANGE_ADDRESS, CarrierTrouble.UNAVAILABLE, times=3)

    await shop.workflows.change_address(buyer.id, TO_AWAY)
    shop.carrier.hands_over(buyer.shipment(1))
    alert = await shop.somebody_is_told("parcel_goes_to_old_address")

    assert alert.facts == (("about", buyer.shipment(1)),)


async def test_an_address_that_changes_while_a_parcel_is_booked_reaches_the_carrier(shop: Shop) -> None:
    gate = shop.blocks_at("book_shipment")
    buyer = await shop.an_order()
    await buyer.is_paid()
    await gate.reached()

    await shop.workflows.change_address(buyer.id, TO_AWAY)
    gate.open()
    parcel = await shop.carrier.booked(buyer.shipment(1))

    await until(lambda: _address(parcel), lambda address: address == AWAY)


async def test_a_shipped_order_keeps_its_address(shop: Shop) -> None:
    buyer = await _booked(shop)
    await buyer.carried("handed_over")
    await buyer.becomes(lambda order: order.status == "shipped")

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.change_address(buyer.id, TO_AWAY)

    assert refused.value.code == "invalid_state_transition"
    assert "change_address" not in str(await buyer.history())


async def _address(parcel: FakeParcel) -> Address:
    return parcel.booking.address


async def _booked(shop: Shop, *lines: tuple[str, int]) -> Customer:
    buyer = await shop.an_order(*lines)
    await buyer.is_paid()
    await buyer.becomes(lambda order: order.shipments[0].status == "booked")
    return buyer
