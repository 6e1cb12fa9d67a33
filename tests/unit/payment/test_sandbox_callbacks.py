"""Signed callbacks: what is accepted, what is rejected and why, without a provider."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from adapters import signature
from adapters.payments.sandbox_callbacks import SandboxCallbackReader
from adapters.settings import LOCAL_PROVIDER_SECRET
from adapters.signature import DEMO_SECRET, LARGEST_BODY, RejectionReason
from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import CallbackRejectedError
from ops.sandbox_provider import settings

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
OTHER_SECRET = "whsec_" + base64.b64encode(b"the secret that comes after the demo one").decode()
EVENT = {
    "event_id": "evt_1",
    "type": "payment.captured",
    "payment_key": "ord_1:1",
    "amount": 19_900,
    "currency": "GBP",
    "occurred_at": "2026-01-31T11:59:58.123Z",
}


def event(**changes: object) -> bytes:
    return json.dumps({**EVENT, **changes}).encode()


def signed(body: bytes, secret: str = DEMO_SECRET, at: datetime = NOW) -> dict[str, str]:
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("evt_1", at, body.decode()),
    }


def read(headers: dict[str, str], body: bytes, secrets: tuple[str, ...] = (DEMO_SECRET,)) -> PaymentFact:
    return SandboxCallbackReader(secrets).read(headers, body, NOW)


def reason_for(headers: dict[str, str], body: bytes, secrets: tuple[str, ...] = (DEMO_SECRET,)) -> object:
    with pytest.raises(CallbackRejectedError) as rejected:
        read(headers, body, secrets)
    return rejected.value.facts["reason"]


def test_a_signed_callback_is_the_fact_that_it_states():
    body = event(refund_key="ref_1", type="payment.refunded", merchant="ignored")
    at = datetime(2026, 1, 31, 11, 59, 58, 123_000, tzinfo=UTC)
    assert read(signed(body), body) == PaymentFact(
        "sandbox", "evt_1", "ord_1:1", FactKind.REFUNDED, Money(19_900, "GBP"), at, "ref_1"
    )


@pytest.mark.parametrize("kind", FactKind)
def test_every_kind_of_fact_can_be_told(kind: FactKind):
    body = event(type=f"payment.{kind}")
    assert read(signed(body), body).kind is kind


def test_times_of_other_zones_become_utc():
    body = event(occurred_at="2026-01-31T19:59:58+08:00")
    fact = read(signed(body), body)
    assert (fact.occurred_at, fact.occurred_at.tzinfo) == (NOW - timedelta(seconds=2), UTC)


def test_while_the_secret_is_replaced_both_are_good_and_afterwards_only_the_new_one():
    body = event()
    for secret in (DEMO_SECRET, OTHER_SECRET):
        assert read(signed(body, secret), body, (DEMO_SECRET, OTHER_SECRET)).event_id == "evt_1"
    assert reason_for(signed(body), body, (OTHER_SECRET,)) is RejectionReason.SIGNATURE


def test_one_good_signature_among_several_is_enough():
    body = event()
    headers = signed(body)
    others = f"v2,abc v1,bm90IGl0 {headers['Webhook-Signature']}"
    assert read({**headers, "Webhook-Signature": others}, body).event_id == "evt_1"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_either_way_are_tolerated(seconds: int):
    body = event()
    assert read(signed(body, at=NOW + timedelta(seconds=seconds)), body).event_id == "evt_1"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_second_more_is_not(seconds: int):
    body = event()
    headers = signed(body, at=NOW + timedelta(seconds=seconds))
    assert reason_for(headers, body) is RejectionReason.TIMESTAMP


@pytest.mark.parametrize(
    "stamp", ["", "-1", "1769860800.5", "1e9", "NaN", "٣", "9" * 12, "9" * 13, " 1", "0x1"]
)
def test_a_timestamp_that_is_no_whole_number_of_seconds_is_rejected(stamp: str):
    body = event()
    headers = {**signed(body), "Webhook-Timestamp": stamp}
    assert reason_for(headers, body) is RejectionReason.TIMESTAMP


@pytest.mark.parametrize(
    "value",
    ["", "v1", "v1,", "v1,%%%", ",", "v1a,x", "v1,\u00e9", " ".join(["v1,eA=="] * 9), "\x00"],
)
def test_a_signature_that_is_none_is_rejected(value: str):
    body = event()
    headers = {**signed(body), "Webhook-Signature": value}
    assert reason_for(headers, body) is RejectionReason.SIGNATURE


def test_a_signature_of_another_version_is_not_taken_for_ours():
    body = event()
    headers = signed(body)
    changed = headers["Webhook-Signature"].replace("v1,", "v1a,")
    assert reason_for({**headers, "Webhook-Signature": changed}, body) is RejectionReason.SIGNATURE


def test_a_signature_is_only_good_for_its_own_message_and_second():
    body = event()
    headers = signed(body)
    later = str(int(headers["Webhook-Timestamp"]) + 1)
    assert reason_for({**headers, "Webhook-Id": "evt_2"}, body) is RejectionReason.SIGNATURE
    assert reason_for({**headers, "Webhook-Timestamp": later}, body) is RejectionReason.SIGNATURE


@pytest.mark.parametrize("missing", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_a_missing_header_is_rejected(missing: str):
    body = event()
    headers = {name: value for name, value in signed(body).items() if name != missing}
    assert reason_for(headers, body) in {RejectionReason.SIGNATURE, RejectionReason.TIMESTAMP}


def test_a_body_beyond_the_limit_is_rejected_before_anything_is_computed():
    body = b" " * (LARGEST_BODY + 1)
    assert reason_for({}, body) is RejectionReason.TOO_LARGE


def test_a_body_of_exactly_the_limit_is_read():
    body = event().ljust(LARGEST_BODY)
    assert read(signed(body), body).event_id == "evt_1"


def test_bytes_that_are_no_text_are_rejected():
    assert reason_for(signed(b"x"), b"\xff\xfe") is RejectionReason.SIGNATURE


@pytest.mark.parametrize(
    "body",
    [
        event(amount=199.0),
        event(amount=1e3),
        event(amount=True),
        event(amount="19900"),
        event(amount=None),
        event(amount=-1),
        event(amount=2**63),
        event(amount=float("nan")),
        event(amount=float("inf")),
        event(currency="gbp"),
        event(currency=None),
        event(type="payment.exploded"),
        event(type="captured"),
        event(type=None),
        event(event_id=""),
        event(event_id="nul\x00"),
        event(event_id="lone\ud800"),
        event(event_id="x" * 201),
        event(payment_key=7),
        event(refund_key=7),
        event(occurred_at="2026-01-31T11:59:58"),
        event(occurred_at="2026-13-31T11:59:58Z"),
        event(occurred_at="0001-01-01T00:00:00+23:00"),
        event(occurred_at="20260131T115958Z"),
        event(occurred_at=1_769_860_800),
        event()[:-1],
        event()[:-1] + b', "amount": 1}',
        b"[" * 60_000,
        b'{"amount": ' + b"9" * 5_000 + b"}",
        b"[]",
        b"null",
        b"",
    ],
)
def test_a_well_signed_callback_that_says_nothing_clear_is_rejected(body: bytes):
    assert reason_for(signed(body), body) is RejectionReason.MALFORMED


def test_without_a_secret_nothing_can_be_verified():
    with pytest.raises(ValueError, match="secret is required"):
        SandboxCallbackReader([])


def test_the_published_demo_secret_is_one_and_the_same_everywhere():
    assert signature.DEMO_SECRET == settings.DEMO_SECRET == LOCAL_PROVIDER_SECRET
