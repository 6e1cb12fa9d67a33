"""An event as protobuf says exactly what its JSON says, for every event that was or can be written."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from adapters.protobuf.codec import UnfitForMessageError, may_be_absent, may_be_null
from adapters.protobuf.events import contract_of, contracts, contradicts, decode, encode
from adapters.protobuf.v1 import events_pb2, money_pb2, orders_pb2, payments_pb2
from domain.buyer import encoding as buyer_encoding
from domain.buyer.events import BuyerErased
from domain.events import EventRecord, StoredEvent
from domain.order import encoding
from domain.order.events import OrderEvent
from domain.order.upcasting import UPCASTERS
from domain.review import encoding as review_encoding
from domain.review.events import ProposalEvent
from domain.topics import Topic
from domain.upcasting import UnknownEventTypeError
from tests.support.any_events import buyer_events, order_events, proposal_events

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
FILES: Any = (money_pb2, orders_pb2, payments_pb2, events_pb2)
MESSAGES = {name: kind for file in FILES for name, kind in file.DESCRIPTOR.message_types_by_name.items()}
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ORDER_TYPES = typing.get_args(OrderEvent)
PROPOSAL_TYPES = typing.get_args(ProposalEvent)
PAID = {"payment_key": "pay_1", "amount": {"amount": 5, "currency": "CNY"}, "paid_at": NOON.isoformat()}


def _stored(event_type: str, data: dict[str, Any], body: bytes | None, version: int = 1) -> StoredEvent:
    return StoredEvent("ord_1", 1, 1, event_type, version, data, NOON, NOON, "key", body=body)


def _comes_back(record: EventRecord) -> None:
    body = encode(record.event_type, record.schema_version, record.data)
    assert body is not None
    back = decode(record.event_type, record.schema_version, body)
    assert json.dumps(back, sort_keys=True) == json.dumps(dict(record.data), sort_keys=True)
    assert body == encode(record.event_type, record.schema_version, back)
    assert contradicts(_stored(record.event_type, back, body, record.schema_version)) is None


@given(order_events())
@settings(max_examples=400, deadline=None)
def test_every_order_event_comes_back_from_protobuf_as_it_was(event):
    _comes_back(encoding.encode(event))


@given(proposal_events())
@settings(max_examples=200, deadline=None)
def test_every_event_of_a_price_proposal_comes_back_from_protobuf_as_it_was(event):
    _comes_back(review_encoding.encode(event))


@given(buyer_events())
@settings(deadline=None)
def test_every_event_of_a_buyer_comes_back_from_protobuf_as_it_was(event):
    _comes_back(buyer_encoding.encode(event))


@pytest.mark.parametrize("path", sorted(GOLDEN.rglob("*.json")), ids=lambda path: path.stem)
def test_every_event_that_was_ever_written_comes_back_from_protobuf_as_it_was(path):
    raw = json.loads(path.read_text(encoding="utf-8"))

    _comes_back(EventRecord(raw["event_type"], raw["schema_version"], raw["data"], NOON))


def _parts(kind: Any) -> Iterator[tuple[Any, str]]:
    """The type itself and all types within it, each with the name of its message."""
    yield kind, kind.__name__
    for hint in typing.get_type_hints(kind).values():
        for part in (hint, *typing.get_args(hint)):
            if isinstance(part, type) and is_dataclass(part):
                yield from _parts(part)


@pytest.mark.parametrize("kind", [*ORDER_TYPES, *PROPOSAL_TYPES, BuyerErased], ids=lambda kind: kind.__name__)
def test_every_event_has_a_message_with_exactly_its_fields(kind):
    current = UPCASTERS.current(kind.__name__)
    contract = contract_of(kind.__name__, current)
    assert contract is not None, f"proto/orderkeep/v1 has no message for {kind.__name__} v{current}"

    for part, name in _parts(kind):
        whole: Any = contract.kind.DESCRIPTOR
        described = whole if part is kind else MESSAGES[name]
        hints = typing.get_type_hints(part)
        stated = {field.name: (may_be_absent(field), may_be_null(field)) for field in described.fields}
        assert stated == {
            field.name: (
                bool(field.kw_only) and field.default is not MISSING,
                type(None) in typing.get_args(hints[field.name]),
            )
            for field in fields(part)
        }, name


@pytest.mark.parametrize("kind", ORDER_TYPES, ids=lambda kind: kind.__name__)
def test_every_schema_version_that_was_ever_written_has_a_message(kind):
    versions = range(1, UPCASTERS.current(kind.__name__) + 1)

    assert all(contract_of(kind.__name__, version) for version in versions)


def test_events_of_orders_of_prices_and_of_buyers_are_published_apart():
    topics = {contract.event_type: contract.topic for contract in contracts()}

    assert {topics[kind.__name__] for kind in ORDER_TYPES} == {Topic.ORDER_EVENTS.value}
    assert {topics[kind.__name__] for kind in PROPOSAL_TYPES} == {Topic.PRICE_EVENTS.value}
    assert topics[BuyerErased.__name__] == Topic.BUYER_EVENTS.value


def test_no_message_speaks_for_an_event_that_nobody_writes():
    written = {kind.__name__ for kind in (*ORDER_TYPES, *PROPOSAL_TYPES, BuyerErased)}

    assert {contract.event_type for contract in contracts()} <= written


def test_a_type_or_a_version_without_a_message_has_no_body():
    assert encode("SomethingElse", 1, {}) is None
    assert encode("PaymentConfirmed", 99, PAID) is None
    with pytest.raises(UnknownEventTypeError):
        decode("SomethingElse", 1, b"")


def test_equal_data_make_equal_bytes_whatever_order_they_are_stated_in():
    backwards = dict(reversed(PAID.items()))

    assert encode("PaymentConfirmed", 1, PAID) == encode("PaymentConfirmed", 1, backwards)


def test_a_promotion_makes_equal_bytes_whatever_order_its_document_is_stated_in():
    path = GOLDEN / "review/ProposalDrafted.v1.promotion.json"
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    forwards = encode("ProposalDrafted", 1, data)
    promotion = data["content"]["promotion"]
    promotion["document"] = dict(reversed(promotion["document"].items()))

    assert encode("ProposalDrafted", 1, data) == forwards


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"tip": 1}, "tip"),
        ({"amount": 5}, ""),
        ({"amount": None}, "amount cannot be null"),
        ({"amount": {"amount": "5", "currency": "CNY"}}, ""),
        ({"amount": {"amount": 2**63, "currency": "CNY"}}, ""),
        ({"amount": {"amount": 5}}, "currency is missing"),
        ({"amount": {"amount": None, "currency": "CNY"}}, "amount cannot be null"),
        ({"payment_key": None}, "payment_key cannot be null"),
        ({"payment_key": 7}, ""),
        ({"paid_at": "2026-01-05T12:00:00"}, "a time without a zone"),
        ({"paid_at": "soon"}, ""),
        ({"paid_at": 17}, ""),
    ],
)
def test_data_that_are_not_as_the_contract_says_are_refused_and_never_bent(changed, reason):
    with pytest.raises(UnfitForMessageError) as refused:
        encode("PaymentConfirmed", 1, PAID | changed)

    assert reason in str(refused.value.facts["reason"])


def test_a_missing_field_is_refused():
    with pytest.raises(UnfitForMessageError):
        encode("PaymentConfirmed", 1, {"payment_key": "pay_1"})


def test_a_body_without_what_every_such_event_has_is_refused():
    with pytest.raises(UnfitForMessageError) as refused:
        decode("PaymentConfirmed", 1, payments_pb2.PaymentConfirmed(payment_key="pay_1").SerializeToString())

    assert refused.value.facts["reason"] == "amount is missing"


def test_a_word_that_the_contract_does_not_have_is_refused():
    with pytest.raises(UnfitForMessageError):
        encode("OrderCancelled", 1, {"reason": "boredom", "by": "buyer", "cancelled_at": NOON.isoformat()})
    with pytest.raises(UnfitForMessageError):
        decode("OrderCancelled", 1, events_pb2.OrderCancelled(by="buyer").SerializeToString())


@pytest.mark.parametrize("body", [b"\xff", b"\x0a\xff", b"not protobuf at all"])
def test_bytes_that_are_no_message_are_refused(body):
    with pytest.raises(UnfitForMessageError):
        decode("PaymentConfirmed", 1, body)
    assert contradicts(_stored("PaymentConfirmed", PAID, body))


def test_a_body_that_says_another_amount_contradicts_its_json():
    other = PAID | {"amount": {"amount": 6, "currency": "CNY"}}
    event = _stored("PaymentConfirmed", PAID, encode("PaymentConfirmed", 1, other))

    assert contradicts(event) == "amount differ"
    assert contradicts(replace(event, body=encode("PaymentConfirmed", 1, PAID))) is None


def test_a_body_with_something_that_the_contract_does_not_know_contradicts_its_json():
    message = payments_pb2.PaymentConfirmed.FromString(encode("PaymentConfirmed", 1, PAID) or b"")
    body = message.SerializeToString() + b"\xf8\x06\x01"  # field 111, the number 1

    assert contradicts(_stored("PaymentConfirmed", PAID, body)) == (
        "the body says more than the contract knows"
    )


def test_an_event_without_a_body_contradicts_nothing():
    assert contradicts(_stored("PaymentConfirmed", PAID, None)) is None
    assert contradicts(_stored("SomethingElse", {}, None)) is None


def test_a_body_of_an_event_without_a_contract_is_told():
    assert contradicts(_stored("SomethingElse", {}, b"")) == "SomethingElse v1 has a body, but no contract"


def test_json_that_does_not_fit_the_contract_is_told_with_its_reason():
    body = encode("PaymentConfirmed", 1, PAID)

    told = contradicts(_stored("PaymentConfirmed", {"payment_key": "pay_1"}, body))

    assert told == "PaymentConfirmed: amount is missing"
