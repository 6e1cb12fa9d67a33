"""The broker in memory: topics, groups and the messages that a later group may still begin with.

Safe for tasks and threads: state changes under a lock, and wake-ups reach every event loop.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from adapters.brokers.acceptance import (
    PARTITIONS,
    acceptable,
    checked_name,
    partitions_of,
    poisoned,
    refused,
    with_poison,
)
from adapters.brokers.memory.bell import Bell
from adapters.brokers.memory.group import Group, Taken, WhenFull
from adapters.brokers.memory.member import Member
from domain.errors import InvalidValueError
from domain.ports.brokers import (
    BrokerUnavailableError,
    Handler,
    Message,
    MessageRefusedError,
    Refusal,
    SubscribeOptions,
    Subscription,
)

# What waits for one group of one topic, and what a new group begins with.
CAPACITY: Final = 10_000  # messages
CAPACITY_BYTES: Final = 268_435_456  # of their bodies


@dataclass(slots=True)
class _Topic:
    kept: deque[tuple[int, Message]] = field(default_factory=deque)
    kept_bytes: int = 0
    groups: dict[str, Group] = field(default_factory=dict)
    published: int = 0

    def publish(self, message: Message, capacity: int, capacity_bytes: int) -> None:
        """Give a message to every group, and keep it in place of the oldest."""
        for group in self.groups.values():
            group.put(self.published, message)
        self.kept.append((self.published, message))
        self.kept_bytes += len(message.body)
        while len(self.kept) > capacity or self.kept_bytes > capacity_bytes:
            _, oldest = self.kept.popleft()
            self.kept_bytes -= len(oldest.body)
        self.published += 1


class MemoryBroker:
    """`domain.ports.brokers.Broker` in this process.

    A group keeps its place when its last member leaves, and its buffer still counts: with `WhenFull.BLOCK`
    publishers wait for it. `forget` ends a group for good.
    """

    def __init__(
        self,
        *,
        partitions: int = PARTITIONS,
        capacity: int = CAPACITY,
        capacity_bytes: int = CAPACITY_BYTES,
        when_full: WhenFull = WhenFull.BLOCK,
    ) -> None:
        if partitions < 1 or capacity < 1 or capacity_bytes < 1:
            raise InvalidValueError(field="partitions, capacity", rule="at least one")
        self._partitions = partitions
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._when_full = when_full
        self._lock = threading.Lock()
        self._bell = Bell()
        self._topics: dict[str, _Topic] = {}
        self._members: set[Member] = set()

    async def ensure_topics(self, topics: Sequence[str], *, kept: timedelta | None = None) -> None:
        """Create what is missing, poison topics included. `kept` asks nothing: all goes anyway."""
        del kept
        with self._lock:
            for topic in with_poison(topics):
                self._topics.setdefault(topic, _Topic())

    async def publish_batch(self, messages: Sequence[Message], deadline: timedelta) -> int:
        """Send in order; waits for slow groups when the policy is to block, until the deadline."""
        sendable, refusal = acceptable(messages)
        try:
            sent = await self._send(sendable, time.monotonic() + deadline.total_seconds())
        except MessageRefusedError as unroutable:
            refusal, sent = unroutable, len(sendable)
        if sent < len(sendable):
            if sent == 0:
                raise BrokerUnavailableError(broker="memory", reason="a group's buffer is full")
            return sent
        if refusal is not None:
            raise refusal
        return sent

    async def subscribe(
        self, topic: str, group: str, handler: Handler, options: SubscribeOptions | None = None
    ) -> Subscription:
        """Join a group; a new group begins with the oldest message that is kept."""
        await self.ensure_topics([topic])
        with self._lock:
            found = self._group(topic, checked_name(group, "group"))
            member = Member(self, found, handler, options or SubscribeOptions())
            found.members.append(member)
            self._members.add(member)
        self._bell.ring()
        member.start()
        return member

    async def park(self, message: Message, reason: str, deadline: timedelta) -> None:
        """Put a message into its poison topic, which is created when missing."""
        parked = poisoned(message, reason)
        await self.ensure_topics([parked.topic])
        if not await self._send([parked], time.monotonic() + deadline.total_seconds()):
            raise BrokerUnavailableError(broker="memory", reason="a group's buffer is full")

    async def close(self) -> None:
        """End all subscriptions."""
        for member in list(self._members):
            await member.unsubscribe()

    def waiting(self, topic: str, group: str) -> int:
        """How many messages a group has still to take, those in hand included."""
        with self._lock:
            return self._topics[topic].groups[group].waiting

    def dropped(self, topic: str, group: str) -> int:
        """How many messages a group has lost because it was too slow."""
        with self._lock:
            return self._topics[topic].groups[group].dropped

    def forget(self, topic: str, group: str) -> None:
        """End a group that has no members and what waits for it.

        Raises `InvalidValueError` when it has members.
        """
        with self._lock:
            found = self._topics[topic].groups[group]
            if found.members:
                raise InvalidValueError(field="group", rule="has no members when it is forgotten")
            del self._topics[topic].groups[group]
        self._bell.ring()

    # What members call.

    def take(self, member: Member) -> Taken | None:
        """The next deliveries for a member, if there are any."""
        with self._lock:
            return member.group.take(member, member.options.batch, time.monotonic())

    def settle(self, member: Member, taken: Taken, *, handled: bool) -> None:
        """Forget what was handled; keep the rest for a later turn."""
        with self._lock:
            if handled:
                member.group.done(taken)
            else:
                rest = member.options.redeliver_after.total_seconds()
                member.group.give_back(taken, time.monotonic() + rest)
        self._bell.ring()

    def leave(self, member: Member) -> None:
        """Take a member out; its partitions go to the others."""
        with self._lock:
            if member in self._members:
                self._members.remove(member)
                member.group.members.remove(member)
        self._bell.ring()

    @property
    def rung(self) -> int:
        """A count that changes with every change."""
        return self._bell.rung

    async def changed(self, member: Member, seen: int) -> None:
        """Wait for a change since `seen`, or for the end of a rest."""
        with self._lock:
            seconds = member.group.seconds_to_rest(member, time.monotonic())
        await self._bell.wait(seen, seconds)

    async def _send(self, messages: Sequence[Message], until: float) -> int:
        for index, message in enumerate(messages):
            seen = self._bell.rung
            while not self._append(index, message):
                if (left := until - time.monotonic()) <= 0:
                    return index
                await self._bell.wait(seen, left)
                seen = self._bell.rung
        return len(messages)

    def _append(self, index: int, message: Message) -> bool:
        """Give a message to every group at once; False, and to none, when one of them has no room."""
        with self._lock:
            topic = self._topics.get(message.topic)
            if topic is None:
                raise refused(index, message, Refusal.UNROUTABLE)
            if any(group.must_wait for group in topic.groups.values()):
                return False
            topic.publish(message, self._capacity, self._capacity_bytes)
        self._bell.ring()
        return True

    def _group(self, topic: str, name: str) -> Group:
        groups = self._topics[topic].groups
        if name not in groups:
            partitions = partitions_of(topic, self._partitions)
            groups[name] = group = Group(
                topic, partitions, self._capacity, self._capacity_bytes, self._when_full
            )
            for place, message in self._topics[topic].kept:
                group.put(place, message)
        return groups[name]
