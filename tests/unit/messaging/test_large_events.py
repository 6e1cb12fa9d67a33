"""The largest events that the API can make are published like any other, a few at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from adapters.brokers.acceptance import refusal_of
from adapters.protobuf.events import contradicts, encode
from api.schemas.values import Identifier, Sku, Title
from domain.address import LONGEST_SEAL, Address
from domain.catalogue.items import LONGEST_ID, LONGEST_TITLE, Category
from domain.cloud_event import EventFormat, Subject
from domain.events import EventMetadata
from domain.money import LARGEST_AMOUNT, Money
from domain.order.encoding import decode as decode_order
from domain.order.encoding import encode as encode_order
from domain.order.events import OrderCreated, OrderDrafted, OrderEvent
from domain.order.fulfilment_events import ShipmentsPlanned
from domain.order.lines import LARGEST_QUANTITY, MOST_LINES, OrderLine
from domain.order.shipments import PlannedShipment, Units
from domain.ports.brokers import LARGEST_MESSAGE
from ops.messaging.packing import Packer
from tests.support.golden import examples
from tests.unit.messaging.publishing import World, steps
from tests.unit.messaging.test_cloud_event import a_stored_event

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WIDEST = "😀"  # four bytes in UTF-8, and no character has more
NUMBERS = range(1, MOST_LINES + 1)
ID = "m" * LONGEST_ID


def lines() -> tuple[OrderLine, ...]:
    sku, title = WIDEST * LONGEST_ID, WIDEST * LONGEST_TITLE
    price = Money(LARGEST_AMOUNT // LARGEST_QUANTITY, "CNY")
    return tuple(
        OrderLine(number, sku, ID, title, Category.PHYSICAL, LARGEST_QUANTITY, price) for number in NUMBERS
    )


def drafted() -> OrderEvent:
    event = examples()["OrderDrafted"]
    assert isinstance(event, OrderDrafted)
    address = Address.behind("s" * LONGEST_SEAL, "CN")
    return replace(event, order_id="ord_1", buyer_id=ID, lines=lines(), address=address)


def created() -> OrderEvent:
    event = examples()["OrderCreated"]
    assert isinstance(event, OrderCreated)
    shares = (LARGEST_AMOUNT // MOST_LINES,) * MOST_LINES
    return replace(event, lines=lines(), line_goods=shares)


def planned() -> OrderEvent:
    """A service of another merchant on each line."""
    shipments = (
        PlannedShipment(ID, Category.SERVICE, (Units(number, LARGEST_QUANTITY),), ID, ID, NOON)
        for number in NUMBERS
    )
    return ShipmentsPlanned(tuple(shipments), NOON)


@pytest.mark.parametrize("event_format", EventFormat)
@pytest.mark.parametrize("make", [drafted, created, planned])
def test_the_largest_event_of_an_order_is_published(make, event_format):
    record = encode_order(make())
    body = encode(record.event_type, record.schema_version, record.data)
    longest = EventMetadata(correlation_id="c" * 200, causation_id="c" * 200)
    event = a_stored_event(
        event_type=record.event_type,
        schema_version=record.schema_version,
        data=record.data,
        body=body,
        metadata=longest,
    )
    packer = Packer(event_format, {Subject.ORDER: decode_order}, encode, contradicts)

    message = packer.pack(event)

    assert message is not None
    assert refusal_of(message) is None
    assert len(message.body) < LARGEST_MESSAGE * 9 // 10


@pytest.mark.parametrize(
    ("kind", "character", "longest"),
    [(Sku, WIDEST, LONGEST_ID), (Title, WIDEST, LONGEST_TITLE), (Identifier, "m", LONGEST_ID)],
)
def test_the_api_takes_texts_as_long_as_these_and_no_longer(kind, character, longest):
    text = TypeAdapter(kind)

    assert text.validate_python(character * longest) == character * longest
    with pytest.raises(ValueError, match="at most"):
        text.validate_python(character * (longest + 1))


async def test_a_batch_is_bounded_by_bytes_and_holds_one_message_at_least(monkeypatch):
    monkeypatch.setattr("ops.messaging.sending.LARGEST_BATCH", 1_000)
    world, batches = World(), []
    publish = world.broker.publish_batch

    async def counted(messages, deadline):
        batches.append(len(messages))
        return await publish(messages, deadline)

    monkeypatch.setattr(world.broker, "publish_batch", counted)
    for number, text in enumerate(["x" * 450] * 5 + ["x" * 2_000] * 2 + [""] * 3):
        await world.note("ord_1", number, text=text)

    await steps(world.publisher())

    assert batches == [2, 2, 1, 1, 1, 3]
    assert world.broker.versions("ord_1") == list(range(1, 11))
