"""Webhooks of Stripe at the API: some say what happened, some only that it is time to ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from api.dependencies import ApiPorts
from domain.money import Money
from domain.order.status import OrderStatus
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import PaymentRequest
from tests.contract.stripe_world import StripeWorld, signed
from tests.support.api_world import ApiWorld, api_world
from tests.support.stripe_books import Json

PATH = "/v1/payment-callbacks/stripe"


class StripeShop(ApiWorld):
    """A shop with two providers, whose orders pay with Stripe."""

    def __init__(self) -> None:
        super().__init__()
        self.stripe = StripeWorld()
        self.references = self.stripe.references

    def ports(self) -> ApiPorts:
        ports = super().ports()
        return replace(ports, gateways={**ports.gateways, "stripe": self.stripe.gateway})

    async def paid_at_stripe(self) -> tuple[str, str]:
        """Order id and key of an attempt that was paid at Stripe, and told of."""
        order_id = await self.placed()
        key = f"pay_{order_id}_1"
        later = self.clock.now() + timedelta(minutes=30)
        asked = PaymentRequest(key, order_id, "N", Money(3_200, "CNY"), later)
        await self.stripe.gateway.request_payment(asked)
        assert await self.stripe.buyer_pays(key)
        for event in list(self.stripe.books.events):
            assert (await self.hears(event)).status_code == 204
        await self.until(lambda: len(self.workflows.facts) == 2)
        return order_id, key

    @property
    def facts(self) -> list[PaymentFact]:
        """What orders were told of, in that order."""
        return [fact for _, fact in self.workflows.facts]

    async def hears(self, event: Json) -> httpx.Response:
        headers, body = signed(event, at=int(self.clock.now().timestamp()))
        return await self.http.post(PATH, content=body, headers=headers)


@pytest.fixture
async def shop() -> AsyncIterator[StripeShop]:
    shop = StripeShop()
    async with api_world(shop):
        yield shop
    await shop.stripe.stripe.aclose()


async def test_webhooks_of_stripe_pay_an_order(shop: StripeShop):
    order_id, _ = await shop.paid_at_stripe()
    assert (await shop.workflows.order(order_id)).status is OrderStatus.PAID


async def test_an_answer_to_a_question_repeats_what_a_webhook_told(shop: StripeShop):
    _, key = await shop.paid_at_stripe()
    told = {fact.event_id: (fact.kind, fact.amount) for fact in shop.facts}
    asked = await shop.stripe.gateway.query_payment(key)
    assert {fact.event_id: (fact.kind, fact.amount) for fact in asked} == told


async def test_a_refund_that_began_at_stripe_is_asked_for_and_told_once(shop: StripeShop):
    _, key = await shop.paid_at_stripe()
    await shop.stripe.refunded_at_provider(key, Money(1_000, "CNY"))
    for event in shop.stripe.told("refund.created") * 3:
        assert (await shop.hears(event)).status_code == 204
    await shop.until(lambda: len(shop.facts) >= 3)
    refunds = [fact for fact in shop.facts if fact.kind is FactKind.REFUNDED]
    assert {(fact.payment_key, fact.amount, fact.refund_key) for fact in refunds} == {
        (key, Money(1_000, "CNY"), None)
    }
    assert len({fact.event_id for fact in refunds}) == 1


async def test_a_charge_back_is_told_to_the_order_that_it_concerns(shop: StripeShop):
    _, key = await shop.paid_at_stripe()
    await shop.stripe.charge_back(key)
    assert (await shop.hears(shop.stripe.told("charge.dispute.created")[0])).status_code == 204
    await shop.until(lambda: shop.facts[-1].kind is FactKind.CHARGED_BACK)
    assert shop.facts[-1].payment_key == key


async def test_when_stripe_does_not_answer_its_webhook_comes_again(shop: StripeShop):
    _, key = await shop.paid_at_stripe()
    await shop.stripe.charge_back(key)
    event = shop.stripe.told("charge.dispute.created")[0]
    shop.stripe.contract.next_statuses = [500]

    answer = await shop.hears(event)

    assert (answer.status_code, answer.json()["code"]) == (503, "payment_outcome_unknown")
    assert "retry-after" in answer.headers
    assert (await shop.hears(event)).status_code == 204


async def test_payments_of_others_in_the_same_account_are_left_alone(shop: StripeShop):
    foreign = shop.stripe.books.open(900, "gbp", "automatic", {})
    shop.stripe.books.buyer_pays(foreign)
    shop.stripe.books.charge_back(foreign)
    for event in list(shop.stripe.books.events):
        assert (await shop.hears(event)).status_code == 204
    assert shop.inbox._callbacks == {}


@pytest.mark.parametrize("forgery", ["another secret", "one byte", "old timestamp", "no signature"])
async def test_a_forged_webhook_is_a_401_and_not_kept(shop: StripeShop, forgery: str):
    await shop.paid_at_stripe()
    before = len(shop.inbox._callbacks)
    told = int(shop.clock.now().timestamp())
    event = shop.stripe.books.events[0]
    secrets = {"secret": "whsec_guess"} if forgery == "another secret" else {}
    headers, body = signed(event, **secrets, at=told - 301 if forgery == "old timestamp" else told)
    if forgery == "one byte":
        body = body.replace(b"1", b"2", 1)
    if forgery == "no signature":
        headers = {}

    answer = await shop.http.post(PATH, content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "callback_rejected")
    assert len(shop.inbox._callbacks) == before
