"""Events as CloudEvents: what stands in the headers, and what is refused on the way back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cloud_event import (
    ContentType,
    NoTopicError,
    Subject,
    UnreadableMessageError,
    message_of,
    read_message,
    subject_of,
)
from domain.events import EventMetadata, StoredEvent

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_stored_event(stream_id="ord_1", version=3, **changes) -> StoredEvent:
    return replace(
        StoredEvent(
            stream_id=stream_id,
            version=version,
            position=17,
            event_type="PaymentFailed",
            schema_version=1,
            data={"payment_key": "pay_1", "failed_at": NOON.isoformat(), "note": "茶"},
            occurred_at=NOON,
            recorded_at=NOON,
            command_key="fail",
            metadata=EventMetadata(correlation_id="req_1", causation_id="cb_1"),
        ),
        **changes,
    )


def test_all_attributes_of_an_order_event_stand_in_the_headers():
    message = message_of(a_stored_event(), b"\x0a\x00")

    assert message.topic == "order-events"
    assert message.key == "ord_1"
    assert message.id == "ord_1:3"
    assert message.headers == {
        "ce-specversion": "1.0",
        "ce-id": "ord_1:3",
        "ce-source": "/orderkeep/orders",
        "ce-type": "orderkeep.order.PaymentFailed.v1",
        "ce-subject": "ord_1",
        "ce-time": "2026-03-01T12:00:00Z",
        "ce-partitionkey": "ord_1",
        "ce-sequence": "3",
        "ce-dataschema": "urn:orderkeep:order:PaymentFailed:v1",
        "ce-correlationid": "req_1",
        "ce-causationid": "cb_1",
        "content-type": "application/protobuf",
    }
    assert message.body == b"\x0a\x00"


def test_without_a_protobuf_body_the_json_is_sent_as_it_is_stored():
    message = message_of(a_stored_event(), None)

    assert message.headers["content-type"] == "application/json"
    assert json.loads(message.body) == a_stored_event().data


@pytest.mark.parametrize(
    ("stream", "topic", "source"),
    [
        ("ord_1", "order-events", "/orderkeep/orders"),
        ("price:prop_1", "price-events", "/orderkeep/prices"),
        ("buyer:b-1", "buyer-events", "/orderkeep/buyers"),
    ],
)
def test_each_kind_of_stream_has_its_topic_and_source(stream, topic, source):
    message = message_of(a_stored_event(stream), None)

    assert (message.topic, message.headers["ce-source"]) == (topic, source)


def test_a_stream_that_is_for_nobody_outside_has_no_message():
    assert subject_of("order:nested") is None
    with pytest.raises(NoTopicError):
        message_of(a_stored_event("scratch:1"), None)


def test_unknown_causes_leave_no_empty_attribute():
    message = message_of(a_stored_event(metadata=EventMetadata()), None)

    assert "ce-correlationid" not in message.headers
    assert all(message.headers.values())


@given(
    versions=st.tuples(st.integers(1, 2**31 - 1), st.integers(1, 99)),
    kind=st.sampled_from(["ord_1", "price:p", "buyer:b:c"]),
    moment=st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)),  # noqa: DTZ001 - gets its zone below
    hours=st.integers(-12, 14),
    body=st.none() | st.binary(max_size=20),
)
def test_what_is_said_of_an_event_comes_back(versions, kind, moment, hours, body):
    version, schema = versions
    at = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    event = a_stored_event(kind, version, schema_version=schema, occurred_at=at)

    heard = read_message(message_of(event, body))

    assert (heard.stream_id, heard.version, heard.event_type) == (kind, version, "PaymentFailed")
    assert (heard.schema_version, heard.occurred_at) == (schema, at)
    assert heard.content_type is (ContentType.JSON if body is None else ContentType.PROTOBUF)
    assert heard.subject is subject_of(kind)
    assert heard.id == f"{kind}:{version}"
    assert heard.correlation_id == "req_1"


FAULTS = {
    "ce-specversion": ("0.3", ""),
    "ce-id": ("ord_1:4", "", "ord_2:3"),
    "ce-source": ("/somebody/else", ""),
    "ce-type": ("", "orderkeep.order.PaymentFailed", "orderkeep.order.Payment Failed.v1", "x.v1", "a.b.c.v0"),
    "ce-subject": ("ord_2", "price:1", ""),
    "ce-time": ("yesterday", "2026-03-01T12:00:00", ""),
    "ce-partitionkey": ("ord_2", ""),
    "ce-sequence": ("0", "-1", "three", "٣", "99999999999", "3000000000", ""),
    "content-type": ("text/plain", ""),
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in FAULTS.items() for v in values])
def test_a_message_that_contradicts_itself_is_refused(name, value):
    good = message_of(a_stored_event(), None)

    with pytest.raises(UnreadableMessageError):
        read_message(replace(good, headers={**good.headers, name: value}))


@pytest.mark.parametrize("name", FAULTS)
def test_a_message_that_lacks_an_attribute_is_refused(name):
    good = message_of(a_stored_event(), None)
    headers = {other: value for other, value in good.headers.items() if other != name}

    with pytest.raises(UnreadableMessageError):
        read_message(replace(good, headers=headers))


def test_a_message_on_another_topic_or_under_another_key_is_refused():
    good = message_of(a_stored_event(), None)

    for changed in (replace(good, topic="price-events"), replace(good, key="ord_2"), replace(good, key="")):
        with pytest.raises(UnreadableMessageError):
            read_message(changed)


def test_a_charset_beside_the_media_type_is_no_fault():
    good = message_of(a_stored_event(), None)
    headers = {**good.headers, "content-type": "Application/JSON; charset=utf-8"}

    assert read_message(replace(good, headers=headers)).subject is Subject.ORDER
