"""Refunds that are refused, overtaken by the buyer's bank, or told of twice: each is sent at most once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from domain.order.status import PaymentStatus
from domain.payment.facts import FactKind, PaymentFact
from domain.payment.review import ReviewDecision
from domain.ports.events import VersionConflictError
from domain.pricing.request import Wishes
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import Gate, gated, until
from tests.workflow.shop import Customer, Shop, cny
from tests.workflow.sold import Sold, completed, delivered, trouble_is_over
from workflows import policies
from workflows.client import OrderRefusedError
from workflows.contracts import CancelOrder, PayAgain, SettleReview
from workflows.workers import Queues

Sell = Callable[..., Awaitable[Sold]]
SOON = timedelta(milliseconds=300)
BY_BUYER = CancelOrder("buyer", "buyer-1")


@pytest.fixture(params=["running", "ended"])
def sell(request: pytest.FixtureRequest, shop: Shop) -> Sell:
    make = delivered if request.param == "running" else completed

    async def sold(*lines: tuple[str, int], **more: Any) -> Sold:
        return await make(shop, *lines, **more)

    return sold


async def test_a_refused_refund_is_sent_again_by_a_persons_word(shop: Shop, sell: Sell) -> None:
    sold = await sell(("tea", 2))
    shop.payments.next_call(Operation.REFUND, Trouble.REFUSED)
    await sold.refunds("rfd_1", (1, 1))
    await shop.somebody_is_told("step_failed_refused_by_provider")

    key = (await sold.order()).attempts[0]
    await shop.workflows.settle_review(sold.id, SettleReview(key, ReviewDecision.SEND_BACK, "finance"))

    await sold.has_given_back(10_000)
    assert len(await sold.promises()) == 1


async def test_a_refused_refund_of_a_cancelled_order_is_sent_by_a_persons_word(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    key = await shop.payments.attempt_of(buyer.id)
    shop.payments.next_call(Operation.REFUND, Trouble.REFUSED)
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    await shop.somebody_is_told("step_failed_refused_by_provider")
    assert (await buyer.comes_to_rest()).refunded == cny(0)

    await shop.workflows.settle_review(buyer.id, SettleReview(key, ReviewDecision.SEND_BACK, "finance"))

    await Sold(shop, buyer).has_given_back(10_000)


async def test_a_promise_is_not_kept_on_top_of_a_charge_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _asks_often(monkeypatch)
    sold = await completed(shop, ("tea", 2))
    key = (await sold.order()).attempts[0]
    shop.payments.next_call(Operation.REFUND, Trouble.UNAVAILABLE, times=1_000)
    await sold.refunds("rfd_1", (1, 1))
    await shop.somebody_is_told("step_failed_not_yet")

    await sold.buyer.hears(shop.payments.charge_back(key))

    await sold.after_sale_rests()  # or it would ask on and on
    order = await sold.order()
    assert (order.payment_status, order.promised_back) == (PaymentStatus.CHARGED_BACK, cny(10_000))
    assert order.due_refunds == ()


async def test_a_cancelled_order_pays_nothing_back_on_top_of_a_charge_back_until_that_is_settled(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _asks_often(monkeypatch)
    buyer = await shop.an_order()
    await buyer.is_paid()
    key = await shop.payments.attempt_of(buyer.id)
    shop.payments.next_call(Operation.REFUND, Trouble.UNAVAILABLE, times=1_000)
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    await shop.somebody_is_told("step_failed_not_yet")
    taken = shop.payments.charge_back(key)
    await buyer.hears(taken)
    outcome = await buyer.comes_to_rest()  # or it would ask on and on
    assert (outcome.status, outcome.refunded) == ("cancelled", cny(0))

    trouble_is_over(shop)
    shop.payments.payments[key].facts.remove(taken)  # the bank has given the money back
    await shop.workflows.settle_review(buyer.id, SettleReview(key, ReviewDecision.DISMISS, "finance"))

    await Sold(shop, buyer).has_given_back(10_000)


@pytest.mark.parametrize("decision", [ReviewDecision.ACCEPT, ReviewDecision.SEND_BACK])
async def test_what_the_bank_has_taken_is_neither_accepted_nor_sent_back(
    shop: Shop, sell: Sell, decision: ReviewDecision
) -> None:
    sold = await sell()
    key = (await sold.order()).attempts[0]
    await sold.buyer.hears(shop.payments.charge_back(key))
    await sold.buyer.becomes(lambda order: order.payment_status is PaymentStatus.CHARGED_BACK)

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.settle_review(sold.id, SettleReview(key, decision, "finance"))

    assert (refused.value.code, refused.value.facts["current"]) == (
        "invalid_state_transition",
        "charged_back",
    )
    assert sold.sent_by_provider == 0


async def test_a_refund_of_more_than_there_was_is_told_to_somebody_and_stops_nothing(
    shop: Shop, sell: Sell, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The provider says that it gave all back on its own, and then that it has done what it was asked as well.
    sold = await sell(("tea", 2))
    key, gate = (await sold.order()).attempts[0], Gate()
    monkeypatch.setattr(shop.payments, "refund_payment", gated(shop.payments.refund_payment, gate))
    await sold.refunds("rfd_1", amount=cny(5_000))
    await gate.reached()
    odd = PaymentFact("sandbox", "evt_odd", key, FactKind.REFUNDED, cny(20_000), datetime.now(UTC))

    await _hears_although_the_provider_forgets(sold, odd)
    gate.open()

    await shop.somebody_is_told("step_failed_refund_exceeds_captured")
    await sold.rests()


async def test_attempts_that_are_paid_all_at_once_after_the_end_all_go_back(shop: Shop) -> None:
    buyer = await shop.an_order()
    keys = [(await buyer.checks_out()).payment_key]
    for nth in range(2, 9):
        await buyer.hears(shop.payments.buyer_declines(keys[-1]))
        await buyer.becomes(lambda order: order.payment_status is PaymentStatus.FAILED)
        keys.append((await shop.workflows.pay_again(buyer.id, PayAgain(f"again-{nth}"))).payment_key)
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    await buyer.comes_to_rest()

    late = [shop.payments.happens(key, FactKind.CAPTURED, cny(10_000)) for key in keys]
    await asyncio.gather(*(buyer.hears(fact, times=2) for fact in late))

    order = await Sold(shop, buyer).has_given_back(80_000)
    assert len(order.unwanted) == 8
    outcomes = [await shop.late_payment_rests(key) for key in keys]
    assert {outcome.status for outcome in outcomes} == {"cancelled"}


async def test_money_that_comes_late_while_others_write_again_and_again_goes_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _asks_often(monkeypatch)
    sold, unpaid = await _paid_at_the_second_attempt(shop)
    real, left = shop.events.append, policies.DECISION_ROUNDS + 1

    async def append(*args: Any) -> Any:
        nonlocal left
        left -= 1
        if left >= 0:
            raise VersionConflictError
        return await real(*args)

    monkeypatch.setattr(shop.events, "append", append)
    await sold.buyer.hears(shop.payments.happens(unpaid, FactKind.CAPTURED, cny(10_000)))

    await sold.has_given_back(10_000)
    assert (await shop.late_payment_rests(unpaid)).status == "completed"


async def test_a_late_payment_and_an_after_sale_send_each_refund_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold, unpaid = await _paid_at_the_second_attempt(shop)
    both = Gate()
    monkeypatch.setattr(shop.payments, "refund_payment", gated(shop.payments.refund_payment, both))

    await sold.refunds("rfd_1", amount=cny(4_000))
    await both.reached()
    await sold.buyer.hears(shop.payments.happens(unpaid, FactKind.CAPTURED, cny(10_000)))
    await until(sold.sent, lambda sent: len(sent) == 2)
    both.open()

    await sold.has_given_back(14_000)
    await sold.after_sale_rests()
    assert sorted(event.amount.amount for event in await sold.sent()) == [4_000, 10_000]


async def test_a_part_that_is_on_its_way_back_and_a_cancelled_rest_make_the_whole(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _asks_often(monkeypatch)
    shop.payments.next_call(Operation.REFUND, Trouble.UNAVAILABLE, times=1_000)
    buyer = await _one_of_two_parcels_is_refused(shop)

    await shop.workflows.cancel(buyer.id, BY_BUYER)
    await shop.somebody_is_told("step_failed_not_yet")
    trouble_is_over(shop)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured, outcome.refunded) == ("cancelled", cny(13_000), cny(13_000))
    assert sorted(fact.amount.amount for fact in shop.payments.refunds) == [3_000, 10_000]


async def test_what_the_provider_gives_back_on_its_own_lessens_what_is_still_on_its_way(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Gate()
    monkeypatch.setattr(shop.payments, "refund_payment", gated(shop.payments.refund_payment, asked))
    buyer = await _one_of_two_parcels_is_refused(shop)
    promised = (await buyer.order()).promised_back
    key = await shop.payments.attempt_of(buyer.id)
    await asked.reached()

    await buyer.hears(shop.payments.refunded_at_provider(key, cny(13_000) - promised + cny(1_000)), times=2)
    await buyer.becomes(lambda order: order.promised_back == promised - cny(1_000))
    asked.open()  # for more than is left
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured, outcome.refunded) == ("cancelled", cny(13_000), cny(13_000))
    assert shop.payments.payments[key].kept == cny(0)


async def test_a_worker_that_dies_after_a_capture_takes_the_money_once(temporal: Client) -> None:
    shop = Shop(temporal, Queues(f"orders-{uuid4().hex}", f"payments-{uuid4().hex}"))
    async with shop.opens_again():
        await shop.sells()
        buyer = await shop.an_order(wishes=Wishes(payment_method="card"), manual_capture_methods=("card",))
        await buyer.is_paid()
        shop.payments.next_call(Operation.CAPTURE, Trouble.EXECUTED_THEN_TIMEOUT, times=1_000)
        await buyer.carried("delivered")
        await until(lambda: _charges(shop), bool)  # whether the order has heard of it is a matter of luck

    trouble_is_over(shop)
    async with shop.opens_again():
        outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured) == ("completed", cny(10_000))
    assert [fact.amount for fact in shop.payments.charges] == [cny(10_000)]


async def _charges(shop: Shop) -> object:
    return shop.payments.charges


async def _one_of_two_parcels_is_refused(shop: Shop) -> Customer:
    """Its part of the money is promised back."""
    await shop.sells_from("west", "cup", price=3_000)
    shop.carrier.next_call(CarrierOperation.BOOK, CarrierTrouble.REFUSED)
    buyer = await shop.an_order(("tea", 1), ("cup", 1))
    await buyer.is_paid()
    await buyer.becomes(lambda order: order.refunds_requested)
    return buyer


async def _paid_at_the_second_attempt(shop: Shop) -> tuple[Sold, str]:
    buyer = await shop.an_order()
    first = (await buyer.checks_out()).payment_key
    await buyer.hears(shop.payments.buyer_declines(first))
    await buyer.becomes(lambda order: order.payment_status is PaymentStatus.FAILED)
    await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))
    await buyer.pays_and_it_is_reported(2)
    await buyer.parcel("delivered")
    await buyer.comes_to_rest()
    return Sold(shop, buyer), first


async def _hears_although_the_provider_forgets(sold: Sold, odd: PaymentFact) -> None:
    known = sold.shop.payments.payments[odd.payment_key].facts
    known.append(odd)
    await sold.buyer.hears(odd)
    await sold.buyer.becomes(lambda order: order.refunded == odd.amount)
    known.remove(odd)


def _asks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("MONEY_PATIENCE", "MONEY_FIRST_PAUSE"):
        monkeypatch.setattr(f"workflows.policies.{bound}", SOON)
