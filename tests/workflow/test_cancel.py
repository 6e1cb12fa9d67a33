"""Ending an order early, in every state and from every side: goods back, money back, once."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError

from domain.ports.stock import StockLevel
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import eventually
from tests.workflow.shop import Customer, Shop, cny
from workflows.client import OrderAlreadyEndedError, OrderRefusedError
from workflows.contracts import CancelOrder

BY_BUYER = CancelOrder("buyer", "buyer-1")
ALL_BACK = StockLevel("tea", available=5, held=0, sold=0)


async def test_cancelling_an_unpaid_order_closes_its_payment_and_frees_the_goods(shop: Shop) -> None:
    buyer = await shop.an_order()
    answer = await buyer.checks_out()

    cancelled = await shop.workflows.cancel(buyer.id, BY_BUYER)
    outcome = await buyer.comes_to_rest()

    assert (cancelled.status, cancelled.pay_url) == ("cancelled", "")
    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "buyer")
    assert (Operation.CANCEL, answer.payment_key) in shop.payments.calls
    assert await shop.stock.level("tea") == ALL_BACK


async def test_cancelling_a_paid_order_puts_the_goods_back_and_the_money_too(shop: Shop) -> None:
    buyer = await _a_paid_order(shop)

    await shop.workflows.cancel(buyer.id, BY_BUYER)
    outcome = await buyer.comes_to_rest()

    assert (outcome.captured, outcome.refunded) == (cny(10_000), cny(10_000))
    assert len(shop.payments.refunds) == 1
    assert await shop.stock.level("tea") == ALL_BACK


async def test_cancelling_while_the_payment_runs_gives_the_money_back_once(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    facts = await buyer.pays()

    await asyncio.gather(shop.workflows.cancel(buyer.id, BY_BUYER), buyer.hears(*facts, times=2))
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "cancelled"
    assert (outcome.captured, outcome.refunded) == (cny(10_000), cny(10_000))
    assert len(shop.payments.refunds) == 1
    assert await shop.stock.level("tea") == ALL_BACK


async def test_cancelling_twice_gives_the_same_answer(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    shop.payments.next_call(Operation.CANCEL, Trouble.UNAVAILABLE, times=2)

    first, second = await asyncio.gather(
        shop.workflows.cancel(buyer.id, BY_BUYER), shop.workflows.cancel(buyer.id, BY_BUYER)
    )

    assert first == second
    assert (await buyer.kinds()).count("OrderCancelled") == 1


async def test_a_shipped_order_refuses_to_be_cancelled_and_leaves_no_trace_of_the_question(
    shop: Shop,
) -> None:
    buyer = await _a_shipped_order(shop)

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.cancel(buyer.id, BY_BUYER)

    assert refused.value.code == "invalid_state_transition"
    assert refused.value.facts == {"current": "shipped", "wanted": "cancelled"}
    accepted = [event for event in await buyer.history() if event == "workflow_execution_update_accepted"]
    assert len(accepted) == 1  # the checkout


async def test_an_unknown_cancel_reason_is_refused(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.cancel(buyer.id, CancelOrder("whim", "buyer-1"))

    assert refused.value.code == "invalid_value"


async def test_an_ended_order_says_that_it_has_ended(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 99))
    await buyer.checks_out()
    await buyer.comes_to_rest()

    with pytest.raises(OrderAlreadyEndedError):
        await shop.workflows.cancel(buyer.id, CancelOrder("merchant", "shop-7"))


async def test_goods_come_back_although_the_provider_is_away(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.policies.BUYER_PATIENCE", timedelta(milliseconds=300))
    monkeypatch.setattr("workflows.policies.MONEY_PATIENCE", timedelta(milliseconds=300))
    buyer = await shop.an_order()
    await buyer.checks_out()
    shop.payments.next_call(Operation.CANCEL, Trouble.UNAVAILABLE, times=100)

    await shop.workflows.cancel(buyer.id, BY_BUYER)

    await eventually(shop.shelf_of_tea, ALL_BACK)
    await shop.somebody_is_told("step_failed_not_yet")


async def test_the_last_unit_goes_to_one_of_two_buyers(shop: Shop) -> None:
    await shop.sells("last", stock=1)
    buyers = [await shop.an_order(("last", 1)) for _ in range(2)]

    answers = await asyncio.gather(*(buyer.checks_out() for buyer in buyers))

    winner, loser = sorted(answers, key=lambda answer: answer.status, reverse=True)
    assert (winner.status, winner.refusal) == ("created", "")
    assert (loser.status, loser.refusal) == ("cancelled", "out_of_stock")
    assert [(s.sku, s.wanted, s.available) for s in loser.shortages] == [("last", 1, 0)]


# Somebody cancels the workflow itself, in the UI.


@pytest.mark.parametrize(
    "step",
    [
        "check_price_snapshot",
        "take_holds",
        "record_events",
        "request_payment",
        "confirm_holds",
        "record_payment",
    ],
)
async def test_a_workflow_cancelled_at_any_step_leaves_nothing_behind(shop: Shop, step: str) -> None:
    buyer = await shop.an_order()
    gate = shop.blocks_at(step)
    checkout = asyncio.create_task(buyer.checks_out())
    if step in {"confirm_holds", "record_payment"}:
        await checkout
        await buyer.pays_and_it_is_reported()
    await gate.reached()

    await buyer.handle.cancel()
    await buyer.cancel_is_known()
    gate.open()

    await _is_stopped(buyer)
    await asyncio.gather(checkout, return_exceptions=True)
    order = await buyer.order()
    assert order.status == "cancelled"
    assert order.captured == order.refunded
    assert len(shop.payments.refunds) == len(shop.payments.charges)
    assert await shop.stock.level("tea") == ALL_BACK


async def test_a_workflow_cancelled_while_it_waits_for_money_ends_as_a_cancelled_order(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()

    await buyer.handle.cancel()

    await _is_stopped(buyer)
    assert (await buyer.order()).cancel_reason == "merchant"
    assert await shop.stock.level("tea") == ALL_BACK


async def test_a_workflow_cancelled_after_payment_gives_goods_and_money_back(shop: Shop) -> None:
    buyer = await _a_paid_order(shop)

    await buyer.handle.cancel()

    await _is_stopped(buyer)
    assert len(shop.payments.refunds) == 1
    assert await shop.stock.level("tea") == ALL_BACK


async def test_a_workflow_cancelled_after_shipment_goes_on_and_somebody_is_told(shop: Shop) -> None:
    buyer = await _a_shipped_order(shop)

    await buyer.handle.cancel()
    await buyer.cancel_is_known()
    await buyer.parcel("delivered")
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"
    assert "stop_refused" in {alert.code for alert in await shop.notices.alerts(10)}


async def _is_stopped(buyer: Customer) -> None:
    with pytest.raises(WorkflowFailureError):
        await buyer.comes_to_rest()
    description = await buyer.handle.describe()
    assert description.status is WorkflowExecutionStatus.CANCELED


async def _a_paid_order(shop: Shop) -> Customer:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")
    return buyer


async def _a_shipped_order(shop: Shop) -> Customer:
    buyer = await _a_paid_order(shop)
    await buyer.parcel("handed_over")
    await buyer.becomes(lambda order: order.status == "shipped")
    return buyer
