"""The port on Kafka: topics, sending and subscribing put together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from weakref import WeakSet

from aiokafka.admin import AIOKafkaAdminClient

from adapters.brokers.acceptance import (
    PARTITIONS,
    acceptable,
    checked_name,
    partitions_of,
    poisoned,
    with_poison,
)
from adapters.brokers.kafka.connecting import AWAY, KafkaTimes, milliseconds, passes, words_of
from adapters.brokers.kafka.member import Member
from adapters.brokers.kafka.sending import Sender
from adapters.brokers.kafka.topics import ensure
from adapters.brokers.running import RunningSubscription
from domain.errors import InvalidValueError
from domain.ports.brokers import (
    BrokerUnavailableError,
    Handler,
    Message,
    SubscribeOptions,
    Subscription,
)

TOPIC_DEADLINE: Final = timedelta(seconds=15)


class KafkaBroker:
    """`domain.ports.brokers.Broker` on Kafka. `servers` are host:port, separated by commas."""

    def __init__(
        self, servers: str, *, partitions: int = PARTITIONS, times: KafkaTimes | None = None
    ) -> None:
        if partitions < 1 or not servers:
            raise InvalidValueError(field="servers, partitions", rule="at least one")
        self._servers = servers
        self._partitions = partitions
        self._times = times or KafkaTimes()
        self._sender = Sender(servers, self._times)
        self._subscriptions: WeakSet[RunningSubscription] = WeakSet()

    async def ensure_topics(self, topics: Sequence[str], *, kept: timedelta | None = None) -> None:
        """Create what is missing, poison topics included; let those that are there take large messages."""
        settings: dict[str, str] = {}
        if kept is not None:
            # Only closed segments go, so one is closed as often as messages may go.
            settings = dict.fromkeys(("retention.ms", "segment.ms"), str(milliseconds(kept)))
        wanted = {topic: partitions_of(topic, self._partitions) for topic in with_poison(topics)}
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers, **self._times.client)
        try:
            async with asyncio.timeout(TOPIC_DEADLINE.total_seconds()):
                await admin.start()
                await ensure(admin, wanted, settings)
        except AWAY as error:
            raise _away(error) from error
        finally:
            await admin.close()

    async def publish_batch(self, messages: Sequence[Message], deadline: timedelta) -> int:
        """Send in order under our own deadline; after any failure the next batch has a new producer."""
        sendable, refusal = acceptable(messages)
        if sendable:
            arrived, trouble = await self._sender.send(sendable, deadline.total_seconds())
            if arrived < len(sendable):
                if arrived == 0:
                    raise _away(trouble) from trouble
                return arrived
        if refusal is not None:
            raise refusal
        return len(sendable)

    async def subscribe(
        self, topic: str, group: str, handler: Handler, options: SubscribeOptions | None = None
    ) -> Subscription:
        """Join a group; a new group begins with the oldest message that Kafka has kept."""
        checked_name(topic, "topic")
        member = Member(
            self._servers,
            topic,
            checked_name(group, "group"),
            handler,
            options=options or SubscribeOptions(),
            times=self._times,
        )
        subscription = RunningSubscription(f"{group} on {topic}", member.session, passes)
        self._subscriptions.add(subscription)
        return subscription

    async def park(self, message: Message, reason: str, deadline: timedelta) -> None:
        """Put a message into its poison topic."""
        parked = poisoned(message, reason)
        until = time.monotonic() + deadline.total_seconds()
        await self.ensure_topics([message.topic])
        arrived, trouble = await self._sender.send([parked], max(0.0, until - time.monotonic()))
        if not arrived:
            raise _away(trouble) from trouble

    async def close(self) -> None:
        """End all subscriptions and the producer."""
        for subscription in list(self._subscriptions):
            await subscription.unsubscribe()
        await self._sender.close()


def _away(error: BaseException | None) -> BrokerUnavailableError:
    reason = "no answer in time" if error is None else words_of(error)
    return BrokerUnavailableError(broker="kafka", reason=reason)
