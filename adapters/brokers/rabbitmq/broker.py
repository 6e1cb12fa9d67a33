"""The port on RabbitMQ: topics, sending and subscribing put together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from adapters.brokers.acceptance import PARTITIONS, checked_name, partitions_of, with_poison
from adapters.brokers.rabbitmq.connecting import AWAY, connected, passes
from adapters.brokers.rabbitmq.member import Member
from adapters.brokers.rabbitmq.sending import Sender
from adapters.brokers.rabbitmq.topology import MOST_PARTITIONS, declare_topic
from adapters.brokers.remote import RemoteBroker
from domain.errors import InvalidValueError
from domain.ports.brokers import Handler, SubscribeOptions, Subscription

TOPIC_SECONDS: Final = 15.0
HEARTBEAT: Final = timedelta(seconds=10)
SETTLE: Final = timedelta(seconds=2.5)  # names are flushed every two seconds


class RabbitMQBroker(RemoteBroker):
    """`domain.ports.brokers.Broker` on RabbitMQ. A topic keeps the number of partitions it was made with.

    A member that is silent for twice the heartbeat (whole seconds) has lost its partitions. `settle` is how
    long RabbitMQ may take to write down what it is told to create; a topic that is made takes as long.
    """

    def __init__(
        self,
        url: str,
        *,
        partitions: int = PARTITIONS,
        heartbeat: timedelta = HEARTBEAT,
        settle: timedelta = SETTLE,
    ) -> None:
        if not 1 <= partitions <= MOST_PARTITIONS or heartbeat < timedelta(seconds=1):
            raise InvalidValueError(
                field="partitions, heartbeat", rule=f"1 to {MOST_PARTITIONS}, and one second at least"
            )
        self._url = url
        self._partitions = partitions
        self._heartbeat = int(heartbeat.total_seconds())
        self._settle = settle.total_seconds()
        super().__init__("rabbitmq", Sender(url, self._heartbeat, partitions))

    async def ensure_topics(self, topics: Sequence[str], *, kept: timedelta | None = None) -> None:
        """Create what is missing, poison topics included."""
        wanted = with_poison(topics)
        max_age = "" if kept is None else f"{max(1, round(kept.total_seconds()))}s"
        try:
            async with (
                asyncio.timeout(TOPIC_SECONDS),
                connected(self._url, self._heartbeat) as link,
            ):
                # Side by side: each new one waits for a while.
                await asyncio.gather(
                    *(
                        declare_topic(
                            link, topic, partitions_of(topic, self._partitions), self._settle, max_age
                        )
                        for topic in wanted
                    )
                )
        except AWAY as error:
            raise self._away(error) from error

    async def subscribe(
        self, topic: str, group: str, handler: Handler, options: SubscribeOptions | None = None
    ) -> Subscription:
        """Join a group; a new group begins with the oldest message that RabbitMQ has kept."""
        checked_name(topic, "topic")
        member = Member(
            self._url,
            topic,
            checked_name(group, "group"),
            handler,
            options=options or SubscribeOptions(),
            partitions=partitions_of(topic, self._partitions),
            heartbeat=self._heartbeat,
            settle=self._settle,
        )
        return self._begin(group, topic, member.session, passes)
