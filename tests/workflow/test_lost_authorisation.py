"""Money that is only vouched for, and of whose end nobody tells: it is asked for before goods leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.catalogue.items import Category
from domain.order.order import Order
from domain.order.status import OrderStatus, PaymentStatus
from domain.payment.facts import FactKind
from domain.payment.review import ReviewDecision
from domain.ports.stock import StockLevel
from domain.pricing.request import Wishes
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import until
from tests.workflow.shop import Customer, Shop, cny
from tests.workflow.sold import trouble_is_over
from workflows.client import OrderRefusedError
from workflows.contracts import AcceptService, SettleReview

SOON = timedelta(milliseconds=300)
ALL_BACK = StockLevel("tea", available=5, held=0, sold=0)


async def test_an_authorisation_whose_end_was_told_to_nobody_is_found_when_the_carrier_is_asked(
    shop: Shop,
) -> None:
    buyer, key = await _vouched_for(shop, carrier_poll=SOON)
    await shop.carrier.booked(buyer.shipment(1))

    shop.payments.authorisation_ends(key)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "payment_failed")
    assert shop.carrier.recalled == {buyer.shipment(1)}
    assert await shop.stock.level("tea") == ALL_BACK


async def test_no_parcel_is_booked_for_money_that_is_not_vouched_for_any_more(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.policies.CARRIER_PATIENCE", SOON)
    monkeypatch.setattr("workflows.policies.MONEY_FIRST_PAUSE", SOON)
    shop.carrier.next_call(CarrierOperation.BOOK, CarrierTrouble.UNAVAILABLE, times=3)
    buyer, key = await _vouched_for(shop)

    shop.payments.authorisation_ends(key)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "payment_failed")
    assert shop.carrier.parcels == {}


async def test_a_service_is_not_accepted_for_money_that_is_not_vouched_for_any_more(shop: Shop) -> None:
    await shop.sells("setup", category=Category.SERVICE)
    buyer, key = await _vouched_for(shop, ("setup", 1))
    shop.payments.authorisation_ends(key)

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "anna"))

    assert refused.value.code == "invalid_state_transition"
    assert (await buyer.comes_to_rest()).cancel_reason == "payment_failed"


async def test_goods_do_not_wait_for_a_silent_provider(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.policies.BUYER_PATIENCE", SOON)
    shop.payments.next_call(Operation.QUERY, Trouble.UNAVAILABLE, times=1_000)
    buyer, _ = await _vouched_for(shop, carrier_poll=SOON)

    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured) == ("completed", cny(10_000))


async def test_a_capture_that_was_given_up_is_begun_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bound in ("MONEY_PATIENCE", "MONEY_FIRST_PAUSE", "MONEY_LONGEST_PAUSE"):
        monkeypatch.setattr(f"workflows.policies.{bound}", SOON)
    monkeypatch.setattr("workflows.policies.MONEY_ROUNDS", 1)
    shop.payments.next_call(Operation.CAPTURE, Trouble.UNAVAILABLE, times=1_000)
    buyer, _ = await _vouched_for(shop)
    await buyer.carried("delivered")
    await shop.somebody_is_told("step_failed_given_up")

    trouble_is_over(shop)

    assert (await buyer.comes_to_rest()).captured == cny(10_000)
    assert [fact.amount for fact in shop.payments.charges] == [cny(10_000)]


async def test_a_capture_without_an_answer_of_a_parcel_that_is_lost_goes_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bound in ("MONEY_PATIENCE", "MONEY_FIRST_PAUSE"):
        monkeypatch.setattr(f"workflows.policies.{bound}", SOON)
    shop.payments.next_call(Operation.CAPTURE, Trouble.EXECUTED_THEN_TIMEOUT, times=1_000)
    buyer, _ = await _vouched_for(shop)
    await buyer.carried("handed_over")
    await until(lambda: _charges(shop), bool)

    await buyer.carried("lost")
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured, outcome.refunded) == ("cancelled", cny(10_000), cny(10_000))
    assert len(shop.payments.refunds) == 1


async def test_another_sum_that_was_taken_goes_back_by_a_persons_word_and_no_goods_leave(shop: Shop) -> None:
    buyer, key = await _vouched_for(shop)
    await shop.carrier.booked(buyer.shipment(1))
    await buyer.hears(shop.payments.happens(key, FactKind.CAPTURED, cny(9_000)))
    order = await buyer.becomes(lambda order: order.in_review)
    assert (order.status, order.payment_status) == (OrderStatus.PAID, PaymentStatus.IN_REVIEW)

    await shop.workflows.settle_review(buyer.id, SettleReview(key, ReviewDecision.SEND_BACK, "finance"))
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured, outcome.refunded) == ("cancelled", cny(9_000), cny(9_000))
    assert shop.carrier.recalled == {buyer.shipment(1)}
    assert await shop.stock.level("tea") == ALL_BACK


async def _vouched_for(shop: Shop, *lines: tuple[str, int], **policies: Any) -> tuple[Customer, str]:
    buyer = await shop.an_order(
        *lines, wishes=Wishes(payment_method="card"), manual_capture_methods=("card",), **policies
    )
    order: Order = await buyer.is_paid()
    assert order.authorisation is not None
    return buyer, order.authorisation.payment_key


async def _charges(shop: Shop) -> object:
    return shop.payments.charges
