"""Sends events in order and tells how far it came. It neither reads the feed nor keeps marks."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from domain.events import StoredEvent
from domain.ports.brokers import Broker, BrokerUnavailableError, Message, MessageRefusedError
from domain.ports.publications import StoppedStream
from domain.topics import Topic
from ops.messaging.packing import Packer, UnsendableEventError

_log = logging.getLogger(__name__)
LARGEST_BATCH: Final = 8_388_608  # bytes of bodies: what a broker surely takes within a deadline
TOPICS: Final = (Topic.ORDER_EVENTS, Topic.PRICE_EVENTS, Topic.BUYER_EVENTS)

_Packed = tuple[StoredEvent, Message]


@dataclass(frozen=True, slots=True)
class Sent:
    """How many messages arrived, which streams stand still now, and the first event that did not arrive.

    `waits` is None when everything that can be sent was.
    """

    count: int
    stops: Mapping[str, StoppedStream]
    waits: StoredEvent | None


class Sender:
    """Events to a broker, at most `batch` and `LARGEST_BATCH` bytes at once, each batch within `deadline`."""

    def __init__(self, broker: Broker, packer: Packer, batch: int, deadline: timedelta) -> None:
        self._broker = broker
        self._packer = packer
        self._batch = batch
        self._deadline = deadline

    async def prepare(self) -> None:
        """Create the topics that are missing. Raises `BrokerUnavailableError`."""
        await self._broker.ensure_topics([topic.value for topic in TOPICS])

    async def send(self, events: Iterable[StoredEvent], *, again: str = "") -> Sent:
        """Send what can be sent. Of a stream nothing goes after an event that cannot.

        `again` names a repeat that is wanted: it becomes part of the messages' own ids, or a broker that
        knows them would drop them. The ids of the events stay.
        """
        packed, stops = self._pack(events)
        if again:
            packed = [(event, replace(each, id=f"{each.id}/{again}")) for event, each in packed]
        count, asked_again = 0, ""
        while packed:
            batch = _first(packed, self._batch)
            try:
                arrived = await self._broker.publish_batch([each for _, each in batch], self._deadline)
            except MessageRefusedError as refusal:
                index = min(int(str(refusal.facts.get("index", 0))), len(batch) - 1)
                count, packed = count + index, packed[index:]
                event, message = packed[0]
                if asked_again != message.id:
                    # The topic may be gone, with the broker's data: that is not the message's fault.
                    asked_again = message.id
                    await self.prepare()
                    continue
                stops[event.stream_id] = _stop(event, str(refusal))
                packed = [each for each in packed if each[0].stream_id != event.stream_id]
                continue
            except BrokerUnavailableError as error:
                _log.warning("the broker took nothing: %s", error)
                arrived = 0
            count, packed = count + arrived, packed[arrived:]
            if arrived < len(batch):
                return Sent(count, stops, packed[0][0])
        return Sent(count, stops, None)

    def _pack(self, events: Iterable[StoredEvent]) -> tuple[Sequence[_Packed], dict[str, StoppedStream]]:
        packed: list[_Packed] = []
        stops: dict[str, StoppedStream] = {}
        for event in events:
            if event.stream_id in stops:
                continue
            try:
                message = self._packer.pack(event)
            except UnsendableEventError as error:
                stops[event.stream_id] = _stop(event, str(error.facts["reason"]))
                continue
            if message is not None:
                packed.append((event, message))
        return packed, stops


def _first(packed: Sequence[_Packed], most: int) -> Sequence[_Packed]:
    """As many as fit into one batch; one always does."""
    size = 0
    for count, (_, message) in enumerate(packed[:most]):
        size += len(message.body)
        if count and size > LARGEST_BATCH:
            return packed[:count]
    return packed[:most]


def _stop(event: StoredEvent, error: str) -> StoppedStream:
    return StoppedStream(event.stream_id, event.version, event.position, error)
