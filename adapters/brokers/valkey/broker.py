"""Publishing to Valkey Streams: whole pieces of a batch in one step, a repeat recognised by its id.

Subscribing is `member.py`'s affair.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from adapters.brokers.acceptance import (
    PARTITIONS,
    POISON,
    acceptable,
    checked_name,
    chunks,
    partition_of,
    partitions_of,
    poisoned,
    refused,
    with_poison,
)
from adapters.brokers.remote import words_of
from adapters.brokers.running import RunningSubscription
from adapters.brokers.valkey import scripts
from adapters.brokers.valkey.connecting import AWAY, open_connection, passes
from adapters.brokers.valkey.member import LEASE, Member
from adapters.brokers.valkey.topics import to_arguments, topic_key
from domain.errors import InvalidValueError
from domain.ports.brokers import (
    BrokerUnavailableError,
    Handler,
    Message,
    Refusal,
    SubscribeOptions,
    Subscription,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis

MOST_KEPT: Final = 100_000  # messages in one partition; past that only what all groups have done is let go
REMEMBERED: Final = 10_000  # a repeat is recognised among at least so many last ones of its partition
PIECE: Final = 200  # messages in one step of the server
PIECE_BYTES: Final = 1_000_000
TOPIC_DEADLINE: Final = timedelta(seconds=5)


class ValkeyBroker:
    """`domain.ports.brokers.Broker` on Valkey Streams.

    A partition keeps at most `most_kept` messages. What some group has not done is never let go: a
    partition full of it takes nothing more, and `publish_batch` says that it is unavailable.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        partitions: int = PARTITIONS,
        most_kept: int = MOST_KEPT,
        lease: timedelta = LEASE,
    ) -> None:
        if partitions < 1 or most_kept < 1:
            raise InvalidValueError(field="partitions, most_kept", rule="at least one")
        self._url = redis_url
        self._partitions = partitions
        self._most_kept = most_kept
        self._lease = lease
        self._client: Redis = open_connection(redis_url)
        self._publish = self._client.register_script(scripts.PUBLISH)
        self._counts: dict[str, int] = {}
        self._subscriptions: WeakSet[RunningSubscription] = WeakSet()

    async def ensure_topics(self, topics: Sequence[str], *, kept: timedelta | None = None) -> None:
        """Create what is missing, poison topics included."""
        wanted = with_poison(topics)
        try:
            async with asyncio.timeout(TOPIC_DEADLINE.total_seconds()):
                for topic in wanted:
                    count = partitions_of(topic, self._partitions)
                    await self._client.hsetnx(topic_key(topic), "partitions", str(count))
                    if kept is not None:
                        # A poison topic has no group that could have done with it: its messages go by age.
                        field = "expires" if topic.endswith(POISON) else "done-goes"
                        await self._client.hset(topic_key(topic), field, str(milliseconds(kept)))
        except AWAY as error:
            raise BrokerUnavailableError(broker="valkey", reason=words_of(error)) from error

    async def publish_batch(self, messages: Sequence[Message], deadline: timedelta) -> int:
        """Send in order. A message that has arrived already is recognised by its id and counts as arrived."""
        sendable, refusal = acceptable(messages)
        arrived = 0
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                for _, run in groupby(sendable, key=lambda message: message.topic):
                    for piece in chunks(list(run), PIECE, PIECE_BYTES):
                        came = await self._send(piece, arrived)
                        arrived += came
                        if came < len(piece):
                            return _prefix(arrived, "a partition is full of what some group has not done")
        except AWAY as error:
            return _prefix(arrived, words_of(error), error)
        if refusal is not None:
            raise refusal
        return arrived

    async def subscribe(
        self, topic: str, group: str, handler: Handler, options: SubscribeOptions | None = None
    ) -> Subscription:
        """Join a group; a new group begins with the oldest message that is kept."""
        (checked, *_), group = with_poison([topic]), checked_name(group, "group")
        member = Member(
            self._url,
            checked,
            group,
            handler,
            options or SubscribeOptions(),
            partitions=partitions_of(checked, self._partitions),
            lease=self._lease,
        )
        subscription = RunningSubscription(f"{group} on {topic}", member.session, passes)
        self._subscriptions.add(subscription)
        return subscription

    async def park(self, message: Message, reason: str, deadline: timedelta) -> None:
        """Put a message into its poison topic."""
        parked = poisoned(message, reason)
        await self.ensure_topics([message.topic])
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                if not await self._send([parked], 0, recognise=False):
                    raise BrokerUnavailableError(broker="valkey", reason="the poison topic is full")
        except AWAY as error:
            raise BrokerUnavailableError(broker="valkey", reason=words_of(error)) from error

    async def close(self) -> None:
        """End all subscriptions and the connections."""
        for subscription in list(self._subscriptions):
            await subscription.unsubscribe()
        await self._client.aclose()

    async def _send(self, piece: Sequence[Message], before: int, *, recognise: bool = True) -> int:
        """Send a piece of one topic in one step; how many have arrived."""
        topic = piece[0].topic
        if (partitions := await self._count(topic)) is None:
            raise refused(before, piece[0], Refusal.UNROUTABLE)
        arguments: list[str | bytes] = [str(REMEMBERED), str(self._most_kept)]
        for message in piece:
            identity = message.id if recognise else ""
            arguments += to_arguments(message, partition_of(message.key, partitions), identity)
        trouble, arrived = await self._publish(keys=[topic_key(topic)], args=arguments)
        if trouble == scripts.UNKNOWN_TOPIC:
            self._counts.pop(topic, None)
            raise refused(before, piece[0], Refusal.UNROUTABLE)
        return int(arrived)

    async def _count(self, topic: str) -> int | None:
        """How many partitions a topic has; None when it does not exist. It never changes."""
        if topic not in self._counts:
            stored = await self._client.hget(topic_key(topic), "partitions")
            if stored is None:
                return None
            self._counts[topic] = int(stored)
        return self._counts[topic]


def _prefix(arrived: int, reason: str, cause: BaseException | None = None) -> int:
    """How many have arrived, when it is some. Raises `BrokerUnavailableError` when it is none."""
    if arrived == 0:
        raise BrokerUnavailableError(broker="valkey", reason=reason) from cause
    return arrived


def milliseconds(length: timedelta) -> int:
    """A length of time as Valkey counts."""
    return round(length.total_seconds() * 1_000)
