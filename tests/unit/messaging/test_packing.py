"""What is put into a message of an event, and which events can never be one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from adapters.protobuf.events import contradicts, decode, encode
from domain.cloud_event import EventFormat, Subject
from domain.events import StoredEvent
from domain.order.encoding import decode as decode_order
from domain.order.encoding import encode as encode_order
from domain.ports.brokers import LARGEST_MESSAGE
from ops.messaging.packing import Packer, UnsendableEventError
from tests.support.golden import examples
from tests.unit.messaging.test_cloud_event import a_stored_event


def packer(event_format: EventFormat = EventFormat.PROTOBUF) -> Packer:
    return Packer(event_format, {Subject.ORDER: decode_order}, encode, contradicts)


def stored(name: str = "OrderDrafted", **changes) -> StoredEvent:
    record = encode_order(examples()[name])
    data, version = record.data, record.schema_version
    body = encode(record.event_type, version, data)
    event = a_stored_event(event_type=record.event_type, schema_version=version, data=data, body=body)
    return replace(event, **changes)


@pytest.mark.parametrize("name", examples())
def test_every_event_is_sent_as_the_protobuf_that_is_stored(name):
    event = stored(name)

    message = packer().pack(event)

    assert message is not None
    assert message.body == event.body
    assert decode(event.event_type, event.schema_version, message.body) == event.data


def test_an_event_of_before_bodies_were_stored_is_encoded_on_its_way():
    message = packer().pack(stored(body=None))

    assert message is not None
    assert message.body == stored().body
    assert message.headers["content-type"] == "application/protobuf"


def test_as_json_an_event_is_sent_as_it_is_stored():
    message = packer(EventFormat.JSON).pack(stored())

    assert message is not None
    assert json.loads(message.body) == stored().data


def test_events_of_other_streams_are_for_nobody_outside():
    assert packer().pack(stored(stream_id="scratch:1")) is None
    assert packer().pack(stored(stream_id="price:1")) is None  # no decoder was given for it


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (stored(event_type="OrderTeleported", body=None), "UnknownEventTypeError"),
        (stored(schema_version=9, body=None), "UnknownEventTypeError"),
        (stored(data={"order_id": "ord_1"}), "KeyError"),
        (stored(data={**stored().data, "buyer_id": "somebody else"}), "contradicts"),
        (stored(body=b"\xff\xff"), "contradicts"),
        (stored(data={**stored().data, "number": "x" * LARGEST_MESSAGE}, body=None), "at most"),
    ],
    ids=["unknown type", "unknown version", "broken JSON", "another body", "no body at all", "oversize"],
)
def test_an_event_that_can_never_be_sent_says_why(event, reason):
    with pytest.raises(UnsendableEventError) as refused:
        packer().pack(event)

    assert reason in str(refused.value.facts["reason"])
    assert len(str(refused.value.facts["reason"])) <= 600
