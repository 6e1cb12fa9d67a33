"""What surrounds the Stripe gateway in the contract suite: the recorded contract in place of Stripe."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Final

import stripe

from adapters.clock import SystemClock
from adapters.memory.payments import MemoryPaymentReferences
from adapters.payments.stripe import StripeGateway
from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import PaymentGateway, PaymentReports
from tests.support.fake_gateway import Operation, Trouble
from tests.support.stripe_books import Json
from tests.support.stripe_contract import API_KEY, StripeContract

SECRET: Final = "whsec_contract"
CANNOT: Final[Mapping[str, str]] = {
    "test_a_declined_payment_failed_and_takes_no_money_any_more": (
        "an intent takes another card after a refused one; tests/unit/payment/test_stripe_gateway.py"
    ),
    "test_an_expired_payment_takes_no_money": (
        "an intent has no end of its own: the order's workflow cancels it at the deadline"
    ),
}
"""Tests of the suite that Stripe itself does not hold to, and why."""

_EVENTS = {
    FactKind.AUTHORISED: "charge.succeeded",
    FactKind.CAPTURED: "payment_intent.succeeded",
    FactKind.FAILED: "charge.failed",
    FactKind.CANCELLED: "payment_intent.canceled",
    FactKind.REFUNDED: "refund.created",
    FactKind.CHARGED_BACK: "charge.dispute.created",
}


class StripeWorld:
    """Around the gateway over the official library, with everything but the network."""

    def __init__(self) -> None:
        self.contract = StripeContract()
        self.books = self.contract.books
        self.references = MemoryPaymentReferences()
        self.stripe = StripeGateway(
            api_key=API_KEY,
            webhook_secrets=[SECRET],
            pay_page="https://shop.invalid/pay",
            references=self.references,
            clock=SystemClock(),
            transport=self.contract,
        )
        self.gateway: PaymentGateway = self.stripe
        self.reports: PaymentReports = self.stripe

    async def buyer_pays(self, key: str) -> bool:
        return self.books.buyer_pays(self.books.intent_with(key))

    async def buyer_declines(self, key: str) -> None:
        self.books.buyer_declines(self.books.intent_with(key))

    async def authorisation_ends(self, key: str) -> None:
        self.books.cancel(self.books.intent_with(key), "automatic")

    async def charge_back(self, key: str) -> None:
        self.books.charge_back(self.books.intent_with(key))

    async def refunded_at_provider(self, key: str, amount: Money) -> None:
        self.books.refund(self.books.intent_with(key), amount.amount, {})

    async def trouble(self, operation: Operation, trouble: Trouble) -> None:
        self.contract.trouble(operation, trouble)

    async def callback(self, fact: PaymentFact) -> tuple[dict[str, str], bytes]:
        about = fact.event_id.partition(":")[0]
        event = next(e for e in self.told(_EVENTS[fact.kind]) if about in _names(e))
        return signed(event)

    def told(self, kind: str) -> list[Json]:
        """The events of that type, oldest first."""
        return [event for event in self.books.events if event["type"] == kind]


def signed(event: Json, secret: str = SECRET, at: int | None = None) -> tuple[dict[str, str], bytes]:
    """Headers and body of the webhook that tells of `event`, signed by the library at `at` or now."""
    body = json.dumps(event)
    stamp = int(time.time()) if at is None else at
    header = stripe.WebhookSignature.generate_signature_header(body, secret, stamp)
    return {"Stripe-Signature": header, "Content-Type": "application/json"}, body.encode()


def _names(event: Json) -> set[object]:
    return {event["data"]["object"]["id"], event["data"]["object"].get("latest_charge")}
