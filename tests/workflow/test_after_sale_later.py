"""After-sale of orders whose own workflow has ended: on the same stream, beside whoever else writes there."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError

from domain.order.returns import ReturnStatus
from domain.order.status import AfterSaleStatus, OrderStatus, PaymentStatus
from domain.payment.facts import FactKind
from domain.payment.review import ReviewDecision
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import Gate, gated, until
from tests.workflow.shop import Shop, cny
from tests.workflow.sold import Sold, completed, refund_calls, trouble_is_over
from workflows.client import OrderRefusedError, WorkflowUnavailableError
from workflows.contracts import OrderAnswer, PayAgain, SettleReview


async def test_after_the_end_two_requests_at_once_are_one_return(shop: Shop) -> None:
    sold = await completed(shop)

    answers = await asyncio.gather(*(sold.wants_back() for _ in range(5)))

    assert {answer.subject for answer in answers} == {"ret_1"}
    assert [case.id for case in (await sold.order()).returns] == ["ret_1"]


async def test_of_two_returns_of_the_same_unit_one_is_refused(shop: Shop) -> None:
    sold = await completed(shop)

    answers = await asyncio.gather(
        *(sold.wants_back(return_id=f"ret_{number}") for number in range(5)), return_exceptions=True
    )

    taken = [answer for answer in answers if isinstance(answer, OrderAnswer)]
    refused = [answer.code for answer in answers if isinstance(answer, OrderRefusedError)]
    assert (len(taken), refused) == (1, ["not_returnable"] * 4)
    assert len((await sold.order()).returns) == 1


async def test_it_rests_when_nothing_is_open_and_starts_again_when_asked(shop: Shop) -> None:
    sold = await completed(shop, ("tea", 2))
    await sold.wants_back()
    first = await sold.after_sale.describe()
    assert first.status is WorkflowExecutionStatus.RUNNING
    await sold.decides(approved=False)
    assert (await sold.after_sale_rests()).status == "completed"

    await sold.refunds("rfd_1", (1, 1))
    await sold.has_given_back(10_000)

    outcome = await sold.after_sale_rests()
    assert (outcome.captured, outcome.refunded) == (cny(20_000), cny(10_000))
    assert (await sold.after_sale.describe()).run_id != first.run_id


async def test_a_late_payment_while_a_return_is_open_goes_back_beside_it(shop: Shop) -> None:
    buyer = await shop.an_order(return_window=shop.policies.return_window)
    await buyer.checks_out()
    first = await shop.payments.attempt_of(buyer.id, 1)
    await buyer.hears(shop.payments.buyer_declines(first))
    await buyer.becomes(lambda order: order.payment_status is PaymentStatus.FAILED)
    await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))
    await buyer.pays_and_it_is_reported(2)
    await buyer.parcel("delivered")
    await buyer.comes_to_rest()
    sold = Sold(shop, buyer)
    await sold.wants_back()

    await buyer.hears(shop.payments.happens(first, FactKind.CAPTURED, cny(10_000)))
    await sold.decides(goods_back=False)

    await buyer.becomes(lambda order: order.status is OrderStatus.CANCELLED)
    order = await sold.has_given_back(20_000)
    assert [receipt.kept for receipt in order.unwanted] == [cny(0)]
    assert (await sold.case()).status is ReturnStatus.REFUNDED


async def test_a_charge_back_while_a_return_is_open_is_recorded_and_stops_its_refund(shop: Shop) -> None:
    sold = await completed(shop)
    await sold.wants_back()

    key = (await sold.order()).attempts[0]
    await sold.buyer.hears(shop.payments.charge_back(key), times=2)
    await sold.buyer.becomes(lambda order: order.payment_status is PaymentStatus.CHARGED_BACK)
    await sold.decides()
    await sold.receives()
    order = await sold.buyer.becomes(lambda order: order.after_sale_status is AfterSaleStatus.DONE)

    await shop.somebody_is_told("charged_back")
    assert (order.status, order.payment_status) == (OrderStatus.COMPLETED, PaymentStatus.CHARGED_BACK)
    assert (sold.sent_by_provider, order.refunded) == (0, cny(0))
    await sold.tea_for_sale(5)


async def test_a_charge_back_that_is_dismissed_lets_the_money_go_back_again(shop: Shop) -> None:
    sold = await completed(shop, ("tea", 2))
    key = (await sold.order()).attempts[0]
    await sold.buyer.hears(shop.payments.charge_back(key))
    await sold.buyer.becomes(lambda order: order.payment_status is PaymentStatus.CHARGED_BACK)
    with pytest.raises(OrderRefusedError) as refused:
        await sold.refunds("rfd_1", (1, 1))
    assert refused.value.code == "invalid_state_transition"

    settle = SettleReview(key, ReviewDecision.DISMISS, "finance")
    for _ in range(2):
        await shop.workflows.settle_review(sold.id, settle)

    order = await sold.order()
    assert order.payment_status is PaymentStatus.CAPTURED
    assert [type(event).__name__ for event in await sold.buyer.events()].count("PaymentReviewSettled") == 1


async def test_a_refund_of_which_the_provider_tells_first_is_written_down_once(shop: Shop) -> None:
    sold = await completed(shop, ("tea", 2))
    key = (await sold.order()).attempts[0]
    shop.payments.next_call(Operation.REFUND, Trouble.EXECUTED_THEN_TIMEOUT, times=3)
    await sold.refunds("rfd_1", (1, 1))
    await until(lambda: refund_calls(shop), lambda calls: calls >= 1)

    facts = [fact for fact in shop.payments.payments[key].facts if fact.kind is FactKind.REFUNDED]
    await sold.buyer.hears(*facts, times=3)

    await sold.has_given_back(10_000)
    await sold.after_sale_rests()
    assert len(await sold.sent()) == 1


async def test_a_cancelled_after_sale_sends_what_was_promised_and_forgets_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = await completed(shop, ("tea", 3))
    gate = Gate()
    real = shop.payments.refund_payment
    monkeypatch.setattr(shop.payments, "refund_payment", gated(real, gate))
    await sold.wants_back()
    await sold.refunds("rfd_1", (1, 1))
    await gate.reached()

    await sold.after_sale.cancel()
    gate.open()

    with pytest.raises(WorkflowFailureError):
        await sold.after_sale_rests()
    await sold.has_given_back(10_000)
    await sold.decides()
    await sold.receives()
    await sold.has_given_back(20_000)


async def test_a_terminated_after_sale_is_taken_up_where_it_was(shop: Shop) -> None:
    sold = await completed(shop, ("tea", 3))
    shop.payments.next_call(Operation.REFUND, Trouble.UNAVAILABLE, times=1_000)
    await sold.wants_back()
    await sold.refunds("rfd_1", (1, 1))
    await until(lambda: refund_calls(shop), lambda calls: calls > 1)
    await sold.after_sale.terminate()
    trouble_is_over(shop)

    with pytest.raises(OrderRefusedError):
        await sold.decides(return_id="ret_9")

    await sold.has_given_back(10_000)


async def test_an_open_return_is_watched_again_after_a_termination(shop: Shop) -> None:
    sold = await completed(shop, receipt_window=timedelta(seconds=3))
    await sold.wants_back()
    await sold.decides()
    await sold.after_sale.terminate()

    with pytest.raises(OrderRefusedError):
        await sold.decides(return_id="ret_9")

    await sold.buyer.becomes(lambda order: order.after_sale_status is AfterSaleStatus.REJECTED)
    await sold.after_sale_rests()


async def test_an_after_sale_with_a_long_history_goes_on_in_another_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        workflow.Info,
        "is_continue_as_new_suggested",
        lambda info: info.run_id == info.first_execution_run_id,
    )
    sold = await completed(shop, ("tea", 2))

    await sold.wants_back()
    await until(sold.came_from, len)
    await sold.decides()
    await sold.receives()

    await sold.has_given_back(10_000)
    assert (await sold.after_sale_rests()).refunded == cny(10_000)


async def test_an_order_that_nobody_has_started_is_asked_in_vain(shop: Shop) -> None:
    buyer = await shop.an_order()

    with pytest.raises(OrderRefusedError) as refused:
        await Sold(shop, buyer).wants_back()

    assert refused.value.code == "order_not_started"
    with pytest.raises(WorkflowUnavailableError):
        await buyer.shop.workflows.look(buyer.id)
