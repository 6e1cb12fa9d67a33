"""Which webhooks of Stripe are believed, and what they say."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from adapters.payments.stripe_callbacks import EVENTS, StripeCallbackReader
from adapters.signature import LARGEST_BODY, RejectionReason
from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import CallbackRejectedError, PaymentHint
from tests.contract.stripe_world import SECRET, StripeWorld, signed
from tests.support.stripe_books import Json

KEY = "pay_ord_1_1"


def read(
    headers: Mapping[str, str], body: bytes, *secrets: str, later: timedelta = timedelta(0)
) -> PaymentFact | PaymentHint | None:
    return StripeCallbackReader(secrets or (SECRET,)).read(headers, body, datetime.now(UTC) + later)


def reason(headers: Mapping[str, str], body: bytes, *secrets: str, later: timedelta = timedelta(0)) -> object:
    with pytest.raises(CallbackRejectedError) as caught:
        read(headers, body, *secrets, later=later)
    return caught.value.facts["reason"]


@pytest.fixture
def world() -> StripeWorld:
    """A payment of £100.00 that was paid by card."""
    world = StripeWorld()
    intent = world.books.open(10_000, "gbp", "automatic", {"payment_key": KEY})
    world.books.buyer_pays(intent)
    return world


@pytest.fixture
def event(world: StripeWorld) -> Json:
    return world.told("payment_intent.succeeded")[0]


def test_a_payment_that_succeeded_was_captured(event: Json):
    fact = read(*signed(event))
    assert isinstance(fact, PaymentFact)
    assert (fact.kind, fact.payment_key, fact.amount) == (FactKind.CAPTURED, KEY, Money(10_000, "GBP"))


def test_the_same_capture_told_by_two_events_is_one_fact(event: Json):
    again = {**event, "id": "evt_other", "created": event["created"]}
    assert read(*signed(event)) == read(*signed(again))


def test_both_secrets_are_believed_while_one_is_being_rolled(event: Json):
    headers, body = signed(event, "whsec_old")
    assert read(headers, body, "whsec_new", "whsec_old") == read(*signed(event))
    assert reason(headers, body, "whsec_new") is RejectionReason.SIGNATURE


def test_one_of_several_signatures_is_enough(event: Json):
    now = int(time.time())
    headers, body = signed(event, at=now)
    header = headers["Stripe-Signature"].replace(f"t={now},", f"t={now},v1=00,v0=11,")
    assert read({"stripe-signature": header}, body) == read(headers, body)


@pytest.mark.parametrize("minutes", [6, -6])
def test_a_webhook_from_another_time_is_refused(event: Json, minutes: int):
    assert reason(*signed(event), later=timedelta(minutes=minutes)) is RejectionReason.TIMESTAMP


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "t=1_0,v1=00",
        "t=-1,v1=00",
        "t=1,t=2,v1=00",
        "t=99999999999999999,v1=00",
        "v1=00",
        "t=1",
        "t=1,v1=\N{SNOWMAN}",
        "t=1," + "v1=00," * 1_000,
    ],
)
def test_a_header_that_stripe_never_wrote_is_refused(event: Json, header: str):
    headers, body = signed(event)
    assert reason({**headers, "Stripe-Signature": header}, body) is RejectionReason.SIGNATURE


def test_a_standard_webhooks_signature_is_none_of_stripes(event: Json):
    _, body = signed(event)
    headers = {"webhook-id": "1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA"}
    assert reason(headers, body) is RejectionReason.SIGNATURE


def test_a_huge_webhook_is_refused_before_it_is_looked_at():
    assert reason({}, b" " * (LARGEST_BODY + 1)) is RejectionReason.TOO_LARGE


def test_bytes_that_are_no_text_are_refused():
    headers, _ = signed({})
    assert reason(headers, b"\xff\xfe") is RejectionReason.SIGNATURE


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("amount_received",), -1),
        (("amount_received",), 1.5),
        (("amount_received",), True),
        (("amount_received",), "100"),
        (("currency",), None),
        (("currency",), "pounds"),
        (("latest_charge",), None),
        (("latest_charge",), "ch\u0000"),
        (("metadata", "payment_key"), "a b"),
        (("metadata", "payment_key"), {}),
    ],
)
def test_a_signed_webhook_in_another_form_is_refused(event: Json, place: tuple[str, ...], value: object):
    about = event["data"]["object"]
    for part in place[:-1]:
        about = about[part]
    about[place[-1]] = value
    assert reason(*signed(event)) is RejectionReason.MALFORMED


@pytest.mark.parametrize(
    "event", [{}, {"type": 7}, {"type": "charge.failed"}, {"type": "charge.failed", "data": []}]
)
def test_a_signed_webhook_that_is_no_event_is_refused(event: Json):
    assert reason(*signed(event)) is RejectionReason.MALFORMED


def test_what_concerns_no_payment_of_ours_says_nothing(world: StripeWorld, event: Json):
    event["data"]["object"]["metadata"] = {}
    assert read(*signed(event)) is None
    assert read(*signed({"type": "customer.created", "data": {"object": {}}})) is None
    assert (
        read(*signed({"type": "charge.dispute.created", "data": {"object": {"payment_intent": None}}}))
        is None
    )


def test_a_refund_of_ours_is_a_fact_only_when_it_is_through(world: StripeWorld):
    intent = world.books.intent_with(KEY)
    world.books.refund(intent, 4_000, {"payment_key": KEY, "refund_key": "ref_1"})
    event = world.told("refund.created")[0]
    fact = read(*signed(event))
    assert isinstance(fact, PaymentFact)
    assert (fact.kind, fact.refund_key, fact.amount.amount) == (FactKind.REFUNDED, "ref_1", 4_000)
    event["data"]["object"]["status"] = "pending"
    assert read(*signed(event)) is None


def test_what_began_at_stripe_names_the_payment_and_is_asked_for(world: StripeWorld):
    intent = world.books.intent_with(KEY)
    hint = PaymentHint("stripe", intent["id"])
    world.books.refund(intent, 4_000, {})
    world.books.charge_back(intent)
    for kind in ("refund.created", "charge.dispute.created", "charge.dispute.funds_withdrawn"):
        assert read(*signed(world.told(kind)[0])) == hint


def test_every_event_that_we_subscribe_to_is_read():
    about = {"id": "x", "metadata": {"payment_key": KEY, "refund_key": "r"}, "payment_intent": "pi_1"}
    for kind in EVENTS:
        body = {"type": kind, "data": {"object": about}}
        try:
            said = read(*signed(body))
        except CallbackRejectedError:
            continue  # it was looked into, and is not whole
        assert isinstance(said, PaymentHint), kind


def test_there_is_no_reader_without_a_secret():
    for secrets in ([], [""]):
        with pytest.raises(ValueError, match="secret"):
            StripeCallbackReader(secrets)


def test_a_body_is_verified_as_it_came(event: Json):
    headers, body = signed(event)
    assert reason(headers, json.dumps(json.loads(body), indent=1).encode()) is RejectionReason.SIGNATURE
