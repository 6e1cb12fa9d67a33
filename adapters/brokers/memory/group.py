"""What one group still has to take of one topic: a bounded buffer in partitions, each in order.

Not safe for threads by itself; the broker holds its lock around every call.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from adapters.brokers.acceptance import partition_of
from domain.ports.brokers import Delivery, Message


class WhenFull(StrEnum):
    """What happens to a group that is too slow for its buffer.

    BLOCK lets the publisher wait: nothing is lost. The other two lose messages of that group only, count
    them, and keep the order of the rest.
    """

    BLOCK = "block"
    DROP_OLDEST = "drop_oldest"
    DROP_NEWEST = "drop_newest"


@dataclass(slots=True)
class _Partition:
    waiting: deque[tuple[int, Message]] = field(default_factory=deque)
    in_hand: int = 0  # how many of the first are with a handler
    tried_below: int = 0  # places below it were handed out before
    rest_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Taken:
    """Deliveries of one partition, in the hands of one member until `done` or `give_back`."""

    partition: int
    deliveries: list[Delivery]


class Group:
    """Members, and for each partition what waits: together at most `capacity` messages.

    From `capacity_bytes` of their bodies on it is full as well.
    """

    def __init__(
        self, topic: str, partitions: int, capacity: int, capacity_bytes: int, when_full: WhenFull
    ) -> None:
        self._topic = topic
        self._partitions = [_Partition() for _ in range(partitions)]
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._when_full = when_full
        self._next_turn = 0
        self.members: list[object] = []
        self._bytes = 0
        self.waiting = 0
        self.dropped = 0

    @property
    def must_wait(self) -> bool:
        """Whether a publisher has to wait for this group."""
        return self._when_full is WhenFull.BLOCK and self._is_full

    @property
    def _is_full(self) -> bool:
        return self.waiting >= self._capacity or self._bytes >= self._capacity_bytes

    def put(self, place: int, message: Message) -> None:
        """Take a message in, or drop some, as the policy says."""
        while self._is_full:
            self.dropped += 1
            if self._when_full is WhenFull.DROP_NEWEST or not self._drop_oldest():
                return
        index = partition_of(message.key, len(self._partitions))
        self._partitions[index].waiting.append((place, message))
        self._bytes += len(message.body)
        self.waiting += 1

    def take(self, member: object, most: int, now: float) -> Taken | None:
        """The next deliveries for a member: of a partition of its own that is not in hand and not resting."""
        count = len(self._partitions)
        for step in range(count):
            index = (self._next_turn + step) % count
            partition = self._partitions[index]
            free = partition.waiting and not partition.in_hand and partition.rest_until <= now
            if free and self._owner(index) is member:
                self._next_turn = index + 1
                return self._hand_out(index, most)
        return None

    def seconds_to_rest(self, member: object, now: float) -> float | None:
        """After how many seconds the first resting partition of a member may be tried again."""
        rests = [
            partition.rest_until - now
            for index, partition in enumerate(self._partitions)
            if partition.waiting and partition.rest_until > now and self._owner(index) is member
        ]
        return min(rests, default=None)

    def done(self, taken: Taken) -> None:
        """Forget what was handled."""
        partition = self._partitions[taken.partition]
        for _ in taken.deliveries:
            _, message = partition.waiting.popleft()
            self._bytes -= len(message.body)
        self.waiting -= len(taken.deliveries)
        partition.in_hand = 0

    def give_back(self, taken: Taken, rest_until: float) -> None:
        """Keep what was not handled in its place; nobody gets it before `rest_until`."""
        partition = self._partitions[taken.partition]
        partition.tried_below = partition.waiting[len(taken.deliveries) - 1][0] + 1
        partition.in_hand = 0
        partition.rest_until = rest_until

    def _owner(self, index: int) -> object:
        return self.members[index % len(self.members)] if self.members else None

    def _hand_out(self, index: int, most: int) -> Taken:
        partition = self._partitions[index]
        partition.in_hand = min(most, len(partition.waiting))
        deliveries = [
            Delivery(message, f"{self._topic}/{index}/{place}", place < partition.tried_below)
            for place, message in (partition.waiting[number] for number in range(partition.in_hand))
        ]
        return Taken(index, deliveries)

    def _drop_oldest(self) -> bool:
        """Drop the oldest message that is in nobody's hands; False when all are."""
        free = [partition for partition in self._partitions if len(partition.waiting) > partition.in_hand]
        if not free:
            return False
        partition = min(free, key=lambda one: one.waiting[one.in_hand][0])
        self._bytes -= len(partition.waiting[partition.in_hand][1].body)
        del partition.waiting[partition.in_hand]
        self.waiting -= 1
        return True
