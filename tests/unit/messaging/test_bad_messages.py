"""The stock consumer's ears and books under every kind of bad message: parked, told, and in nobody's way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.brokers.memory.broker import MemoryBroker
from adapters.memory.consumption import MemoryConsumption
from adapters.memory.notices import MemoryNotices
from adapters.protobuf.events import decode as decode_body
from adapters.protobuf.events import encode as encode_body
from domain.cloud_event import message_of
from domain.events import StoredEvent
from domain.order.encoding import encode
from domain.ports.brokers import LARGEST_MESSAGE, Delivery, Message
from ops.messaging.consuming import ConsumerPorts, EventConsumer, RetryPolicy
from ops.messaging.hearing import OrderHearing
from tests.support.builders import an_order
from tests.unit.messaging.test_cloud_event import a_stored_event


def messages(order_id: str, *, as_json: bool) -> list[Message]:
    """All that happened to a paid order, as it would be published."""
    story = an_order(order_id).with_line("mug", 2).paid()
    return [_message(order_id, version, event, as_json) for version, event in enumerate(story.events, 1)]


def _message(order_id: str, version: int, event: object, as_json: bool) -> Message:
    record = encode(event)  # type: ignore[arg-type]
    stored: StoredEvent = a_stored_event(
        order_id,
        version,
        event_type=record.event_type,
        schema_version=record.schema_version,
        data=record.data,
    )
    body = None if as_json else encode_body(record.event_type, record.schema_version, record.data)
    return message_of(stored, body)


def with_header(name: str, value: str) -> Callable[[Message], Message]:
    return lambda message: replace(message, headers={**message.headers, name: value})


def of_another_order(message: Message) -> Message:
    """The draft of `ord_good` in the place of the draft of `ord_bad`."""
    as_json = "json" in message.headers["content-type"]
    return replace(message, body=messages("ord_good", as_json=as_json)[0].body)


# What is wrong, and whether the message still says which place in which stream it has.
BAD: dict[str, tuple[Callable[[Message], Message], bool]] = {
    "unknown type": (with_header("ce-type", "orderkeep.order.OrderTeleported.v1"), True),
    "unknown version": (with_header("ce-type", "orderkeep.order.OrderDrafted.v9"), True),
    "broken body": (lambda message: replace(message, body=b'{"order_id": \xff'), True),
    "empty body": (lambda message: replace(message, body=b""), True),
    "the body of another order": (of_another_order, True),
    "JSON said to be protobuf": (
        lambda message: replace(
            message,
            body=json.dumps({"order_id": "ord_bad"}).encode(),
            headers={**message.headers, "content-type": "application/protobuf"},
        ),
        True,
    ),
    "oversize": (lambda message: replace(message, body=b"\x00" * (LARGEST_MESSAGE + 1)), True),
    "no key": (lambda message: replace(message, key=""), False),
    "another key": (lambda message: replace(message, key="ord_good"), False),
    "another stream in its id": (with_header("ce-id", "ord_good:1"), False),
    "no headers": (lambda message: replace(message, headers={}), False),
    "not the type of an event": (with_header("ce-type", "OrderDrafted"), False),
}


@pytest.mark.parametrize("as_json", [False, True], ids=["protobuf", "json"])
@pytest.mark.parametrize("name", BAD)
async def test_a_bad_message_is_parked_and_told_and_other_orders_go_on(name: str, as_json: bool) -> None:
    spoil, has_its_place = BAD[name]
    effects: list[str] = []
    books = MemoryConsumption(lambda _, events: effects.extend(each.message.id for each in events))
    notices = MemoryNotices()

    async def at_once(_: float) -> None:
        pass

    consumer = EventConsumer(
        "stock",
        "order-events",
        OrderHearing(decode_body),
        ConsumerPorts(MemoryBroker(), books, notices),
        retries=RetryPolicy(tries=2),
        sleep=at_once,
    )
    first, *others = messages("ord_bad", as_json=as_json)
    good = messages("ord_good", as_json=as_json)
    batch = [spoil(first), *others, *good]

    for _ in range(2):  # whoever delivers at least once delivers twice
        await consumer.handle([Delivery(message, f"p/{at}") for at, message in enumerate(batch)])

    assert set(effects) == {message.id for message in good}
    assert await books.version("ord_good") == len(good)
    parked = await books.parked()
    assert {each.message.id for each in parked} == {message.id for message in batch} - set(effects)
    assert [each.message for each in parked].count(spoil(first)) == 1
    assert all(each.error for each in parked)
    codes = {alert.code for alert in await notices.alerts(20)}
    assert codes == ({"consumer_parked"} if has_its_place else {"message_unreadable", "consumer_parked"})
