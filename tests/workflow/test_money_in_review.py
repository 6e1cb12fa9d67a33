"""Money in review, settled by a person: taken as the payment, sent back, or left where it is."""

from __future__ import annotations

import pytest

from domain.order.status import OrderStatus, PaymentStatus
from domain.payment.facts import FactKind
from domain.payment.review import ReviewDecision
from domain.ports.stock import HoldRequest
from domain.stock.hold import StockLine
from tests.workflow.shop import Customer, Shop, cny
from tests.workflow.sold import Sold
from workflows.client import OrderRefusedError
from workflows.contracts import OrderAnswer, SettleReview


async def in_review(shop: Shop, amount: int = 10_000) -> tuple[Customer, str]:
    """An order whose money came, and about which the provider then said that it had failed."""
    buyer = await shop.an_order()
    await buyer.checks_out()
    facts = await buyer.pays(1, cny(amount))
    key = await shop.payments.attempt_of(buyer.id, 1)
    await buyer.hears(shop.payments.happens(key, FactKind.FAILED, cny(amount)), *facts)
    await buyer.becomes(lambda order: order.payment_status is PaymentStatus.IN_REVIEW)
    return buyer, key


async def settles(shop: Shop, buyer: Customer, key: str, decision: ReviewDecision) -> OrderAnswer:
    return await shop.workflows.settle_review(buyer.id, SettleReview(key, decision, "finance"))


async def test_money_that_is_accepted_pays_for_the_order(shop: Shop) -> None:
    buyer, key = await in_review(shop)

    answers = [await settles(shop, buyer, key, ReviewDecision.ACCEPT) for _ in range(2)]
    await buyer.parcel("delivered")

    assert [answer.subject for answer in answers] == [key, key]
    assert (await buyer.comes_to_rest()).status == "completed"
    assert (await buyer.order()).payment_status is PaymentStatus.CAPTURED
    level = await shop.shelf_of_tea()
    assert level is not None
    assert (level.available, level.held) == (4, 0)
    assert (await buyer.kinds()).count("PaymentReviewSettled") == 1


async def test_money_that_is_sent_back_goes_back_once_and_the_order_may_be_paid_again(shop: Shop) -> None:
    buyer, key = await in_review(shop, amount=9_000)

    for _ in range(2):
        await settles(shop, buyer, key, ReviewDecision.SEND_BACK)

    order = await Sold(shop, buyer).has_given_back(9_000)
    assert order.status is OrderStatus.CREATED


async def test_another_sum_than_the_total_is_never_accepted(shop: Shop) -> None:
    buyer, key = await in_review(shop, amount=9_999)

    with pytest.raises(OrderRefusedError) as refused:
        await settles(shop, buyer, key, ReviewDecision.ACCEPT)

    assert refused.value.code == "payment_amount_mismatch"
    assert (await buyer.order()).payment_status is PaymentStatus.IN_REVIEW


async def test_accepted_money_whose_goods_are_gone_goes_back(shop: Shop) -> None:
    buyer, key = await in_review(shop)
    await shop.stock.release_holds(buyer.id)
    rival = HoldRequest("rival", (StockLine("tea", 5),), buyer.start.accepted_at.replace(year=2999))
    assert not (await shop.stock.take(rival)).refused

    await settles(shop, buyer, key, ReviewDecision.ACCEPT)

    outcome = await buyer.comes_to_rest()
    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "out_of_stock")
    await Sold(shop, buyer).has_given_back(10_000)


async def test_money_of_another_order_or_in_no_doubt_is_not_settled(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    key = await shop.payments.attempt_of(buyer.id, 1)

    with pytest.raises(OrderRefusedError) as no_doubt:
        await settles(shop, buyer, key, ReviewDecision.DISMISS)
    with pytest.raises(OrderRefusedError) as not_ours:
        await settles(shop, buyer, "pay_other_1", ReviewDecision.DISMISS)

    assert {no_doubt.value.code, not_ours.value.code} == {"payment_not_in_review"}


async def test_an_order_whose_process_is_gone_is_never_paid_for_but_its_money_can_be_sent_back(
    shop: Shop,
) -> None:
    buyer, key = await in_review(shop)
    await buyer.handle.terminate()

    with pytest.raises(OrderRefusedError) as refused:
        await settles(shop, buyer, key, ReviewDecision.ACCEPT)
    await settles(shop, buyer, key, ReviewDecision.SEND_BACK)

    assert refused.value.code == "invalid_state_transition"
    await Sold(shop, buyer).has_given_back(10_000)
