"""The port on Kafka: topics, sending and subscribing put together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient

from adapters.brokers.acceptance import PARTITIONS, checked_name, partitions_of, with_poison
from adapters.brokers.kafka.connecting import AWAY, KafkaTimes, milliseconds, passes
from adapters.brokers.kafka.member import Member
from adapters.brokers.kafka.sending import Sender
from adapters.brokers.kafka.topics import ensure
from adapters.brokers.remote import RemoteBroker
from domain.errors import InvalidValueError
from domain.ports.brokers import Handler, SubscribeOptions, Subscription

TOPIC_DEADLINE: Final = timedelta(seconds=15)


class KafkaBroker(RemoteBroker):
    """`domain.ports.brokers.Broker` on Kafka. `servers` are host:port, separated by commas."""

    def __init__(
        self, servers: str, *, partitions: int = PARTITIONS, times: KafkaTimes | None = None
    ) -> None:
        if partitions < 1 or not servers:
            raise InvalidValueError(field="servers, partitions", rule="at least one")
        self._servers = servers
        self._partitions = partitions
        self._times = times or KafkaTimes()
        super().__init__("kafka", Sender(servers, self._times))

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
            raise self._away(error) from error
        finally:
            await admin.close()

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
        return self._begin(group, topic, member.session, passes)
