"""What stands in RabbitMQ for topics and groups, and how a message is carried. It sends nothing.

A topic is an exchange, with a stream bound for each partition: streams keep what was read, so that a later
group begins with the oldest. A group has for each partition a queue that holds a token: the offset to go on
from. Its single active consumer is the partition's owner.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aio_pika import DeliveryMode, ExchangeType
from aio_pika import Message as AmqpMessage
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage, AbstractQueue
from aiormq.exceptions import ChannelNotFoundEntity

from adapters.brokers.rabbitmq.connecting import Link
from domain.ports.brokers import Message

KEPT_BYTES: Final = 1_000_000_000  # of one partition; past that RabbitMQ removes the oldest segments
SEGMENT_BYTES: Final = 50_000_000
AGING_SEGMENT_BYTES: Final = 1_000_000
MOST_PARTITIONS: Final = 64  # a number looked for
OFFSET: Final = "x-stream-offset"
KEY_HEADER: Final = "message-key"
ID_HEADER: Final = "long-message-id"  # where an id stands that is too long for the property
LONGEST_PROPERTY: Final = 255  # bytes of a short string of AMQP 0-9-1
_NO_QUEUE: Final = "no queue"  # else the answer is about a queue that is there but not back yet


async def declare_topic(link: Link, topic: str, partitions: int, settle: float, max_age: str = "") -> int:
    """Create what is missing of a topic; how many partitions it has. It keeps the number it was made with.

    RabbitMQ forgets what it was told in the last `settle` seconds before its process is killed. The exchange
    comes after that time: before it is there nothing is sent.
    """
    channel = await link.channel()
    found = await find_topic(link, topic, partitions)
    if found is None:
        missing = list(range(partitions))
    else:
        partitions = found[1]
        missing = [number for number in range(partitions) if not await _is_there(link, topic, number)]
    for partition in missing:
        await _declare_stream(channel, stream_name(topic, partition), max_age)
    if missing:
        await asyncio.sleep(settle)
    await channel.declare_exchange(_count_name(topic, partitions), ExchangeType.DIRECT, durable=True)
    exchange = await channel.declare_exchange(topic, ExchangeType.DIRECT, durable=True)
    for partition in range(partitions):
        stream = await channel.get_queue(stream_name(topic, partition), ensure=False)
        await stream.bind(exchange, routing_key=str(partition))
    await link.close(channel)
    return partitions


async def find_topic(link: Link, topic: str, likely: int) -> tuple[AbstractExchange, int] | None:
    """The topic's exchange on a channel of its own, and how many partitions it has; None when there is none.

    The number is told by the name of a second exchange, since streams may be gone.
    """
    exchange = await _exchange(link, topic)
    if exchange is None:
        return None
    for number in (likely, *range(1, MOST_PARTITIONS + 1)):
        if await _exchange(link, _count_name(topic, number)) is not None:
            return exchange, number
    return None


async def _exchange(link: Link, name: str) -> AbstractExchange | None:
    # Asking for what is not there ends the channel; the connection goes on.
    channel = await link.connection.channel(publisher_confirms=True, on_return_raises=True)
    try:
        return await channel.get_exchange(name)
    except ChannelNotFoundEntity:
        return None


async def _is_there(link: Link, topic: str, partition: int) -> bool:
    """Whether a partition has its stream. Raises `ChannelNotFoundEntity` while it is not back yet."""
    channel = await link.connection.channel()
    try:
        await channel.declare_queue(stream_name(topic, partition), passive=True)
    except ChannelNotFoundEntity as error:
        if _NO_QUEUE not in str(error):
            raise
        return False
    await link.close(channel)
    return True


async def _declare_stream(channel: AbstractChannel, name: str, max_age: str) -> None:
    arguments: dict[str, Any] = {
        "x-queue-type": "stream",
        "x-max-length-bytes": KEPT_BYTES,
        # Whole segments go by age, and only when one is full: small ones where age matters.
        "x-stream-max-segment-size-bytes": AGING_SEGMENT_BYTES if max_age else SEGMENT_BYTES,
    }
    if max_age:
        arguments["x-max-age"] = max_age
    await channel.declare_queue(name, durable=True, arguments=arguments)


async def declare_tokens(channel: AbstractChannel, topic: str, partition: int, group: str) -> AbstractQueue:
    """Create a group's queue of tokens for a partition where it is missing."""
    return await channel.declare_queue(
        tokens_name(topic, partition, group),
        durable=True,
        arguments={"x-queue-type": "quorum", "x-single-active-consumer": True},
    )


async def declare_members(channel: AbstractChannel, topic: str, group: str) -> AbstractQueue:
    """Create the queue by whose listeners a group counts its members; it never holds a message."""
    return await channel.declare_queue(f"{topic}.members@{group}", durable=True)


def _count_name(topic: str, partitions: int) -> str:
    """An exchange that nobody sends to."""
    return f"{topic}/{partitions}"


def stream_name(topic: str, partition: int) -> str:
    """The stream of one partition."""
    return f"{topic}.p{partition}"


def tokens_name(topic: str, partition: int, group: str) -> str:
    """The queue that holds a group's token for a partition."""
    return f"{stream_name(topic, partition)}@{group}"


def to_amqp(message: Message) -> AmqpMessage:
    """How a message is carried: its key in a header, since the routing key names the partition.

    Properties are for other readers' sake; what is too long for one stands in a header alone.
    """
    property_id = _property(message.id)
    in_header = {} if property_id else {ID_HEADER: message.id}
    return AmqpMessage(
        message.body,
        message_id=property_id,
        content_type=_property(message.headers.get("content-type")),
        headers={KEY_HEADER: message.key, **in_header, **message.headers},
        delivery_mode=DeliveryMode.PERSISTENT,
    )


def _property(text: str | None) -> str | None:
    return text if text and len(text.encode()) <= LONGEST_PROPERTY else None


def to_token(offset: int) -> AmqpMessage:
    """A token: the offset to go on from."""
    return AmqpMessage(str(offset).encode(), delivery_mode=DeliveryMode.PERSISTENT)


def from_amqp(topic: str, incoming: AbstractIncomingMessage) -> Message:
    """Read a message. One that a stranger sent may lack anything; it comes with what it has."""
    headers = {name: str(value) for name, value in incoming.headers.items() if name != OFFSET}
    key, long_id = headers.pop(KEY_HEADER, ""), headers.pop(ID_HEADER, "")
    if incoming.content_type and "content-type" not in headers:
        headers["content-type"] = incoming.content_type
    message_id = (
        long_id or incoming.message_id or headers.get("ce-id", "")
    )  # the client makes up what is missing
    return Message(topic, key, message_id, incoming.body, headers)


def offset_of(incoming: AbstractIncomingMessage) -> int:
    """Where a message stands in its stream."""
    offset = incoming.headers[OFFSET]
    assert isinstance(offset, int)
    return offset
