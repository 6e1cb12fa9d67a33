"""One member of a Kafka group: takes what Kafka assigns, commits what was handled.

When partitions are taken away, the batch in hand may finish first; the rest is left to the next owner.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    UnknownMemberIdError,
)

from adapters.brokers.kafka.connecting import ID_HEADER, KafkaTimes, milliseconds
from adapters.brokers.kafka.sending import LARGEST_REQUEST
from adapters.brokers.lanes import Held, LaneLostError, Lanes
from adapters.brokers.running import HANDLER_SECONDS, work_together
from domain.ports.brokers import Delivery, Handler, Message, SubscribeOptions

NEWS_MILLISECONDS: Final = 200
FULL_LANE_MILLISECONDS: Final = 10
LONGEST_HANDLER: Final = timedelta(minutes=10)


class Member:
    """Sessions of one subscription, each with a consumer of its own."""

    def __init__(
        self,
        servers: str,
        topic: str,
        group: str,
        handler: Handler,
        *,
        options: SubscribeOptions,
        times: KafkaTimes,
    ) -> None:
        self._servers = servers
        self._topic = topic
        self._group = group
        self._handler = handler
        self._options = options
        self._times = times

    async def session(self, stop: asyncio.Event, connected: Callable[[], None]) -> None:
        """Work until `stop`. Raises what aiokafka raises."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._servers,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=milliseconds(self._times.session),
            heartbeat_interval_ms=milliseconds(self._times.session / 3),
            rebalance_timeout_ms=milliseconds(self._times.answer),
            max_poll_interval_ms=milliseconds(LONGEST_HANDLER),
            max_partition_fetch_bytes=LARGEST_REQUEST,
            **self._times.client,
        )
        running = _Session(consumer, self._topic)
        running.lanes = Lanes(self._handler, self._options, running.acknowledge)
        try:
            consumer.subscribe([self._topic], listener=_Listener(running))
            await consumer.start()
            connected()
            await work_together(stop, running.lanes, running.fetch())
        finally:
            await consumer.stop()


class _Session:
    lanes: Lanes[int]

    def __init__(self, consumer: Any, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic

    async def fetch(self) -> None:
        """Fill lanes with what there is, and wait for more."""
        while True:
            self.lanes.freed.clear()
            mine = self._consumer.assignment()
            rooms = {one: self.lanes.room_of(one.partition, len(mine)) for one in mine}
            if wanted := [one for one, room in rooms.items() if room > 0]:
                # A short wait when a full lane may have room before there is anything new in the others.
                wait = NEWS_MILLISECONDS if len(wanted) == len(mine) else FULL_LANE_MILLISECONDS
                await self._take(wanted, min(rooms[one] for one in wanted), wait)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(NEWS_MILLISECONDS / 1_000):
                    await self.lanes.freed.wait()

    async def acknowledge(self, partition: int, batch: Sequence[Held[int]]) -> None:
        """Commit. Raises `LaneLostError` when the partition is not ours any more."""
        try:
            await self._consumer.commit({TopicPartition(self._topic, partition): batch[-1].token + 1})
        except (CommitFailedError, IllegalStateError, UnknownMemberIdError) as error:
            raise LaneLostError from error

    async def lose(self, partitions: Iterable[int]) -> None:
        """Forget what is not ours any more, after the batch in hand, for a bounded time."""
        lost = set(partitions)
        for partition in lost:
            self.lanes.forget(partition)
        if self.lanes.busy in lost:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HANDLER_SECONDS):
                    await self.lanes.idle.wait()

    async def _take(self, wanted: Sequence[Any], most: int, milliseconds_to_wait: int) -> None:
        try:
            found = await self._consumer.getmany(*wanted, timeout_ms=milliseconds_to_wait, max_records=most)
        except IllegalStateError:
            return  # the assignment changed meanwhile
        for one, records in found.items():
            if one in self._consumer.assignment():
                self.lanes.put(one.partition, [_held(record) for record in records])


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # untyped, as all of aiokafka
    """Told by aiokafka before partitions go and after they came."""

    def __init__(self, session: _Session) -> None:
        self._session = session

    async def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        await self._session.lose(one.partition for one in revoked)

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        del assigned
        self._session.lanes.freed.set()


def _held(record: Any) -> Held[int]:
    headers = {name: (value or b"").decode("utf-8", errors="replace") for name, value in record.headers}
    message = Message(
        topic=record.topic,
        key=(record.key or b"").decode("utf-8", errors="replace"),
        id=headers.pop(ID_HEADER, "") or headers.get("ce-id", ""),
        body=record.value or b"",
        headers=headers,
    )
    return Held(Delivery(message, f"{record.topic}/{record.partition}/{record.offset}"), record.offset)
