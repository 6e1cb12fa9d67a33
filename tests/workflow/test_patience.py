"""What happens when somebody takes longer than an order can wait."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from domain.payment.facts import FactKind
from domain.ports.notices import AlertLevel
from domain.ports.stock import StockLevel
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import until
from tests.workflow.shop import Customer, Shop, cny
from workflows import attributes
from workflows.client import OrderRefusedError
from workflows.contracts import CancelOrder, CheckoutAnswer, ConfirmPrice, PayAgain

SOON = timedelta(milliseconds=300)
ALL_BACK = StockLevel("tea", available=5, held=0, sold=0)


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.policies.BUYER_PATIENCE", SOON)
    monkeypatch.setattr("workflows.policies.MONEY_PATIENCE", SOON)
    monkeypatch.setattr("workflows.policies.MONEY_FIRST_PAUSE", SOON)


async def test_a_carrier_who_says_nothing_is_somebodys_business_and_the_order_goes_on(shop: Shop) -> None:
    buyer = await _a_paid_order(shop, shipping_window=SOON)

    alert = await shop.somebody_is_told("shipping_overdue")
    await buyer.parcel("delivered")
    outcome = await buyer.comes_to_rest()

    assert alert.level is AlertLevel.MEDIUM
    assert outcome.status == "completed"


@pytest.mark.usefixtures("short_patience")
async def test_money_of_a_second_attempt_goes_back_when_the_provider_works_again(shop: Shop) -> None:
    buyer = await _paid_twice(shop)
    shop.payments.next_call(Operation.REFUND, Trouble.UNAVAILABLE, times=3)

    await _first_capture_is_reported(buyer)
    order = await buyer.becomes(lambda order: order.refunds_done)

    assert (order.status, order.refunded) == ("paid", cny(10_000))
    await shop.somebody_is_told("step_failed_not_yet")
    await until(buyer.handle.describe, _nothing_failed)


@pytest.mark.usefixtures("short_patience")
async def test_a_refund_that_never_works_is_given_up_and_stays_in_sight(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.policies.MONEY_ROUNDS", 1)
    buyer = await _paid_twice(shop)
    shop.payments.next_call(Operation.REFUND, Trouble.UNAVAILABLE, times=1_000)

    await _first_capture_is_reported(buyer)
    await shop.somebody_is_told("step_failed_given_up")

    found = await buyer.handle.describe()
    assert found.typed_search_attributes[attributes.NEEDS_REVIEW] is True


@pytest.mark.usefixtures("short_patience")
async def test_a_provider_that_never_answers_at_the_deadline_does_not_keep_the_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.policies.QUESTION_ROUNDS", 1)
    monkeypatch.setattr("workflows.policies.MONEY_ROUNDS", 1)
    buyer = await shop.an_order(payment_window=timedelta(seconds=1))
    await buyer.checks_out()
    shop.payments.next_call(Operation.CANCEL, Trouble.UNAVAILABLE, times=1_000)

    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "payment_timeout")
    assert await shop.shelf_of_tea() == ALL_BACK
    await shop.somebody_is_told("step_failed_unknown")


@pytest.mark.usefixtures("short_patience")
async def test_a_buyer_may_cancel_while_the_provider_is_asked_a_last_time(shop: Shop) -> None:
    buyer = await shop.an_order(payment_window=timedelta(seconds=1))
    await buyer.checks_out()
    shop.payments.next_call(Operation.CANCEL, Trouble.UNAVAILABLE, times=3)
    await shop.somebody_is_told("step_failed_unknown")

    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    outcome = await buyer.comes_to_rest()

    assert outcome.cancel_reason == "buyer"


@pytest.mark.usefixtures("short_patience")
async def test_a_payment_that_opens_after_its_order_ended_is_closed_again(shop: Shop) -> None:
    gate = shop.blocks_at("request_payment_later")
    shop.payments.next_call(Operation.REQUEST, Trouble.UNAVAILABLE, times=1)
    buyer = await shop.an_order()
    answer = await buyer.checks_out()
    await gate.reached()
    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))

    gate.open()
    await buyer.comes_to_rest()

    assert answer.pay_url == ""
    assert shop.payments.payments[answer.payment_key].kinds == {FactKind.CANCELLED}


async def test_an_order_that_cannot_be_stored_is_given_up_with_nothing_held(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.policies.STORE_ROUNDS", 1)
    shop.loses_its_events()
    buyer = await shop.an_order()

    await shop.workflows.start(buyer.start)
    with pytest.raises(WorkflowFailureError) as failed:
        await buyer.comes_to_rest()

    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "store_unavailable"
    assert await shop.shelf_of_tea() == ALL_BACK


async def test_two_wishes_to_pay_again_at_once_open_one_attempt(shop: Shop) -> None:
    buyer = await shop.an_order()
    first = await buyer.checks_out()
    await buyer.hears(shop.payments.buyer_declines(first.payment_key))
    await buyer.becomes(lambda order: order.payment_status == "failed")

    answers = await asyncio.gather(
        *(shop.workflows.pay_again(buyer.id, PayAgain(f"again-{n}")) for n in range(2)),
        return_exceptions=True,
    )

    refused = [answer for answer in answers if isinstance(answer, OrderRefusedError)]
    assert [error.code for error in refused] == ["payment_not_possible"]
    assert len(shop.payments.keys_of(buyer.id)) == 2


async def test_a_price_that_another_order_has_used_meanwhile_cannot_be_confirmed(shop: Shop) -> None:
    buyer = await shop.an_order()
    await shop.sells(price=12_000)
    asked = await buyer.checks_out()
    await shop.snapshots.claim(asked.snapshot_id, "ord_other")

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))

    assert refused.value.code == "snapshot_already_used"
    assert (await buyer.order()).status == "draft"


async def test_a_workflow_cancelled_while_it_asks_about_the_price_ends_the_draft(shop: Shop) -> None:
    buyer = await shop.an_order()
    await shop.sells(price=12_000)
    await buyer.checks_out()

    await buyer.handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await buyer.comes_to_rest()

    assert (await buyer.order()).cancel_reason == "merchant"


async def test_money_that_comes_while_a_cancelled_order_cleans_up_goes_back_too(shop: Shop) -> None:
    buyer = await shop.an_order()
    answer = await buyer.checks_out()
    gate = shop.blocks_at("release_holds")
    cancel = asyncio.create_task(shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1")))
    await gate.reached()

    await buyer.hears(shop.payments.happens(answer.payment_key, FactKind.CAPTURED, cny(10_000)))
    gate.open()
    await cancel
    outcome = await buyer.comes_to_rest()

    assert (outcome.captured, outcome.refunded) == (cny(10_000), cny(10_000))
    assert len(shop.payments.refunds) == 1


async def test_a_charge_back_is_seen_by_a_person_and_the_order_stays(shop: Shop) -> None:
    buyer = await _a_paid_order(shop)
    key = await shop.payments.attempt_of(buyer.id)

    await buyer.hears(shop.payments.charge_back(key))
    order = await buyer.becomes(lambda order: order.payment_status == "charged_back")

    assert order.status == "paid"
    await shop.somebody_is_told("charged_back")


async def test_an_order_tells_where_it_is_paid_as_long_as_it_waits(shop: Shop) -> None:
    buyer = await shop.an_order()
    answer = await buyer.checks_out()

    seen: CheckoutAnswer = await shop.workflows.look(buyer.id)

    assert seen.pay_url == answer.pay_url


async def _a_paid_order(shop: Shop, **policies: Any) -> Customer:
    buyer = await shop.an_order(**policies)
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")
    return buyer


async def _paid_twice(shop: Shop) -> Customer:
    """Paid by the second attempt; the first one's capture is not reported yet."""
    buyer = await shop.an_order()
    first = await buyer.checks_out()
    await buyer.hears(shop.payments.buyer_declines(first.payment_key))
    await buyer.becomes(lambda order: order.payment_status == "failed")
    await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))
    await buyer.pays_and_it_is_reported(nth=2)
    await buyer.becomes(lambda order: order.status == "paid")
    return buyer


async def _first_capture_is_reported(buyer: Customer) -> None:
    key = await buyer.shop.payments.attempt_of(buyer.id, 1)
    await buyer.hears(buyer.shop.payments.happens(key, FactKind.CAPTURED, cny(10_000)))


def _nothing_failed(found: object) -> bool:
    seen = found.typed_search_attributes  # type: ignore[attr-defined]
    return seen.get(attributes.FAILED_STEP) is None and seen.get(attributes.NEEDS_REVIEW) is False
