"""Messages of events as consumers read them: any good one, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.protobuf.events import decode as decode_body
from adapters.protobuf.events import encode as encode_body
from domain.cloud_event import UnreadableMessageError, message_of
from domain.events import StoredEvent
from domain.order.encoding import decode, encode
from domain.order.events import OrderEvent, PaymentFailed
from ops.messaging.hearing import OrderHearing
from tests.support.golden import examples
from tests.unit.messaging.test_cloud_event import NOON, a_stored_event

hear = OrderHearing(decode_body)


def stored(event: OrderEvent) -> StoredEvent:
    record = encode(event)
    return a_stored_event(
        event_type=record.event_type, schema_version=record.schema_version, data=record.data
    )


@pytest.mark.parametrize("name", examples())
@pytest.mark.parametrize("as_protobuf", [True, False])
def test_every_event_is_heard_as_it_happened(name, as_protobuf):
    event = stored(examples()[name])
    body = encode_body(event.event_type, event.schema_version, event.data) if as_protobuf else None

    heard = hear(message_of(event, body))

    assert heard.event == decode(event)
    assert (heard.stream_id, heard.version, heard.fault) == ("ord_1", 3, "")


def changed_type(name: str):
    good = message_of(stored(PaymentFailed("pay_1", NOON)), None)
    return replace(good, headers={**good.headers, "ce-type": name})


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (changed_type("orderkeep.order.OrderTeleported.v1"), "UnknownEventTypeError"),
        (changed_type("orderkeep.order.PaymentFailed.v7"), "UnknownEventTypeError"),
        (replace(changed_type("orderkeep.order.PaymentFailed.v1"), body=b"{"), "JSONDecodeError"),
        (replace(changed_type("orderkeep.order.PaymentFailed.v1"), body=b"\xff{}"), "UnicodeDecodeError"),
        (replace(changed_type("orderkeep.order.PaymentFailed.v1"), body=b"{}"), "KeyError"),
        (replace(changed_type("orderkeep.order.PaymentFailed.v1"), body=b"[" * 100_000), "RecursionError"),
        (replace(changed_type("orderkeep.order.PaymentFailed.v1"), body=b"3"), "TypeError"),
    ],
)
def test_what_is_wrong_with_a_body_is_a_fault_of_the_event_in_its_place(message, fault):
    heard = hear(message)

    assert (heard.stream_id, heard.version, heard.event) == ("ord_1", 3, None)
    assert fault in heard.fault


def test_a_protobuf_body_of_rubbish_is_a_fault_too():
    good = stored(PaymentFailed("pay_1", NOON))

    assert hear(message_of(good, b"\xff\xff\xff")).fault


def test_events_of_other_subjects_are_not_for_this_consumer():
    with pytest.raises(UnreadableMessageError):
        hear(message_of(a_stored_event("price:p_1"), None))
