"""A publisher over memory: its feed, its marks, and a broker that can be made to fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from adapters.memory.events import MemoryEventStore
from adapters.memory.notices import MemoryNotices
from adapters.memory.publications import MemoryPublications
from domain.cloud_event import EventFormat, Subject
from domain.events import EventMetadata, EventRecord, StoredEvent
from domain.ports.brokers import (
    BrokerUnavailableError,
    Handler,
    Message,
    MessageRefusedError,
    Refusal,
    SubscribeOptions,
    Subscription,
)
from ops.messaging.packing import Packer
from ops.messaging.publisher import Publisher, PublisherPace, PublisherPorts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_owners = count(1)


class FallibleBroker:
    """Keeps what arrives. `takes` says how many of the next calls' messages do: None is all of them."""

    def __init__(self) -> None:
        self.arrived: list[Message] = []
        self.topics: set[str] = set()
        self.takes: list[int | None] = []
        self.refuses: set[str] = set()
        self.loses_words = 0
        self.prepared = 0

    async def ensure_topics(self, topics: Sequence[str], *, kept: timedelta | None = None) -> None:
        del kept
        self.prepared += 1
        self.topics |= set(topics)

    async def publish_batch(self, messages: Sequence[Message], deadline: timedelta) -> int:
        most = self.takes.pop(0) if self.takes else None
        for index, message in enumerate(messages):
            if index == most:
                if index == 0:
                    raise BrokerUnavailableError
                return index
            if message.id in self.refuses or message.topic not in self.topics:
                reason = "test" if message.id in self.refuses else Refusal.UNROUTABLE
                raise MessageRefusedError(index=index, reason=reason)
            self.arrived.append(message)
        if self.loses_words:
            self.loses_words -= 1
            raise BrokerUnavailableError  # they have arrived, and nobody says so
        return len(messages)

    async def subscribe(
        self, topic: str, group: str, handler: Handler, options: SubscribeOptions | None = None
    ) -> Subscription:
        raise NotImplementedError

    async def park(self, message: Message, reason: str, deadline: timedelta) -> None:
        raise NotImplementedError

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.arrived]

    def versions(self, stream_id: str) -> list[int]:
        return [int(each.headers["ce-sequence"]) for each in self.arrived if each.key == stream_id]


def decoded(event: StoredEvent) -> object:
    """Stands for the decoders of the domain: knows one type."""
    if event.event_type != "Noted":
        raise KeyError(event.event_type)
    return event


@dataclass
class World:
    store: MemoryEventStore = field(default_factory=MemoryEventStore)
    broker: FallibleBroker = field(default_factory=FallibleBroker)
    notices: MemoryNotices = field(default_factory=MemoryNotices)
    seconds: float = 0.0
    publications: MemoryPublications = field(init=False)

    def __post_init__(self) -> None:
        self.publications = MemoryPublications(clock=lambda: self.seconds)

    async def note(self, stream_id: str, *numbers: int, kind: str = "Noted", text: str = "") -> None:
        """Append events to a stream, each with its number."""
        head = await self.store.head(stream_id)
        events = [EventRecord(kind, 1, {"n": number, "text": text}, NOON) for number in numbers]
        await self.store.append(stream_id, head, f"k-{head}", events, EventMetadata())

    def publisher(self, *, batch: int = 500, page: int = 2_000, contradiction=lambda _: None) -> Publisher:
        """Another publisher over the same marks; each step claims anew."""
        ports = PublisherPorts(self.store, self.store, self.broker, self.publications, self.notices)
        decoders = dict.fromkeys(Subject, decoded)
        packer = Packer(EventFormat.JSON, decoders, lambda *_: None, contradiction)
        pace = PublisherPace(batch=batch, page=page, beat=timedelta())
        return Publisher(ports, packer, f"owner-{next(_owners)}", pace=pace, clock=lambda: self.seconds)


async def until(condition: Callable[[], bool], turns: int = 10_000) -> None:
    """Let others work until it holds."""
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come true")


async def steps(publisher: Publisher, times: int = 20) -> None:
    """Step again and again, as `run` does, whatever happens."""
    for _ in range(times):
        try:
            await publisher.step()
        except (BrokerUnavailableError, OSError):
            publisher._forget()
