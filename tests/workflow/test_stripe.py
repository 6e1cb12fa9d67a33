"""Orders that pay with Stripe, over the recorded contract, beside a shop that also knows the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.payment.facts import FactKind
from domain.pricing.request import Wishes
from tests.contract.stripe_world import StripeWorld
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.shop import Customer, Shop, cny
from workflows.contracts import CancelOrder

SOON = timedelta(seconds=1)


@pytest.fixture
async def stripe(shop: Shop) -> AsyncIterator[StripeWorld]:
    world = StripeWorld()
    shop.gateways["stripe"] = world.gateway  # type: ignore[assignment] # a shop knows fakes only
    yield world
    await world.stripe.aclose()


async def an_order(shop: Shop, **wanted: Any) -> Customer:
    buyer = await shop.an_order(**wanted)
    return replace(buyer, start=replace(buyer.start, provider="stripe"))


async def test_callbacks_of_stripe_lost_for_ever_are_found_by_asking(shop: Shop, stripe: StripeWorld) -> None:
    buyer = await an_order(
        shop, payment_window=timedelta(minutes=5), payment_poll=timedelta(milliseconds=200)
    )
    answer = await buyer.checks_out()
    assert await stripe.buyer_pays(answer.payment_key)

    order = await buyer.becomes(lambda order: order.status == "paid")

    assert order.captured == cny(10_000)
    assert shop.payments.calls == []  # the sandbox was never asked


async def test_an_unpaid_order_closes_its_intent_at_the_deadline(shop: Shop, stripe: StripeWorld) -> None:
    buyer = await an_order(shop, payment_window=SOON)
    answer = await buyer.checks_out()

    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "payment_timeout")
    assert stripe.books.intent_with(answer.payment_key)["status"] == "canceled"
    assert not await stripe.buyer_pays(answer.payment_key)


async def test_money_of_a_cancelled_order_goes_back_at_stripe_once(shop: Shop, stripe: StripeWorld) -> None:
    buyer = await an_order(shop)
    answer = await buyer.checks_out()
    await stripe.buyer_pays(answer.payment_key)
    await buyer.hears(*await stripe.gateway.query_payment(answer.payment_key))
    await buyer.becomes(lambda order: order.status == "paid")
    await stripe.trouble(Operation.REFUND, Trouble.EXECUTED_THEN_TIMEOUT)

    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.refunded) == ("cancelled", cny(10_000))
    (refund,) = stripe.books.refunds.values()
    assert (refund["amount"], refund["metadata"]["refund_key"]) == (10_000, f"ref_{answer.payment_key}")


async def test_a_creation_whose_answer_is_lost_opens_one_intent(shop: Shop, stripe: StripeWorld) -> None:
    await stripe.trouble(Operation.REQUEST, Trouble.EXECUTED_THEN_TIMEOUT)
    buyer = await an_order(shop)

    answer = await buyer.checks_out()

    assert len(stripe.books.payment_intents) == 1
    assert await stripe.buyer_pays(answer.payment_key)
    facts = await stripe.gateway.query_payment(answer.payment_key)
    assert [fact.kind for fact in facts] == [FactKind.AUTHORISED, FactKind.CAPTURED]


async def test_authorised_money_is_taken_when_goods_leave_and_let_go_when_none_do(
    shop: Shop, stripe: StripeWorld
) -> None:
    async def authorised() -> tuple[Customer, str]:
        wishes = Wishes(payment_method="card")
        buyer = await an_order(shop, wishes=wishes, manual_capture_methods=("card",))
        key = (await buyer.checks_out()).payment_key
        await stripe.buyer_pays(key)
        await buyer.hears(*await stripe.gateway.query_payment(key))
        await buyer.becomes(lambda order: order.payment_status == "authorised")
        return buyer, key

    shipped, taken = await authorised()
    await shipped.carried("handed_over")
    order = await shipped.becomes(lambda order: order.payment_status == "captured")
    assert order.captured == cny(10_000)
    assert stripe.books.intent_with(taken)["amount_received"] == 10_000

    cancelled, let_go = await authorised()
    await shop.workflows.cancel(cancelled.id, CancelOrder("buyer", "buyer-1"))
    outcome = await cancelled.comes_to_rest()
    assert (outcome.status, outcome.captured) == ("cancelled", cny(0))
    assert stripe.books.intent_with(let_go)["status"] == "canceled"
