"""Deliveries in hand, a lane for each partition: calls the handler batch by batch, one call at a time.

It knows no broker. Whoever owns it fills lanes and is told what was handled.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar

from domain.ports.brokers import Delivery, Handler, SubscribeOptions

_LOG = logging.getLogger(__name__)
HELD_BYTES: Final = 67_108_864  # in all lanes together, and what one answer of the broker brings beyond
Token = TypeVar("Token")


class LaneLostError(Exception):
    """The partition belongs to somebody else by now: what was in hand is handled by its new owner."""


@dataclass(frozen=True, slots=True)
class Held(Generic[Token]):
    """A delivery and what its broker needs to acknowledge it."""

    delivery: Delivery
    token: Token


@dataclass(slots=True)
class _Lane(Generic[Token]):
    waiting: deque[Held[Token]] = field(default_factory=deque)
    size: int = 0  # bytes of the bodies that wait
    rest_until: float = 0.0


Acknowledge = Callable[[int, Sequence[Held[Token]]], Awaitable[None]]


class Lanes(Generic[Token]):
    """At most `in_flight` deliveries, and about `HELD_BYTES`, in lanes numbered by partition.

    A batch whose handler raised keeps its place, and its lane rests; other lanes go on meanwhile.
    """

    def __init__(self, handler: Handler, options: SubscribeOptions, acknowledge: Acknowledge[Token]) -> None:
        self._handler = handler
        self._options = options
        self._acknowledge = acknowledge
        self._lanes: dict[int, _Lane[Token]] = {}
        self._changed = asyncio.Event()
        self._busy: int | None = None
        self._stopping = False
        self.freed = asyncio.Event()  # set whenever there is more room than before; the owner clears it
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def busy(self) -> int | None:
        """The lane that the handler works on now."""
        return self._busy

    @property
    def room(self) -> int:
        """How many more deliveries may be put in."""
        return self._options.in_flight - sum(len(lane.waiting) for lane in self._lanes.values())

    def room_of(self, lane: int, lanes: int) -> int:
        """How many for one lane of `lanes`: one that stands still leaves room for the others."""
        if self.is_full(lane, lanes):
            return 0
        share = max(1, self._options.in_flight // max(1, lanes))
        return min(self.room, share - self.waiting(lane))

    def is_full(self, lane: int, lanes: int) -> bool:
        """Whether one lane of `lanes` holds its share of bytes."""
        held = self._lanes[lane].size if lane in self._lanes else 0
        return held >= HELD_BYTES // max(1, lanes)

    def waiting(self, lane: int) -> int:
        """How many deliveries a lane holds."""
        return len(self._lanes[lane].waiting) if lane in self._lanes else 0

    def put(self, lane: int, held: Iterable[Held[Token]]) -> None:
        """Append to a lane."""
        filled = self._lanes.setdefault(lane, _Lane())
        for one in held:
            filled.waiting.append(one)
            filled.size += len(one.delivery.message.body)
        self._changed.set()

    def forget(self, lane: int) -> None:
        """Drop a lane: what it holds belongs to somebody else. A call in progress is not undone."""
        self._lanes.pop(lane, None)
        self.freed.set()

    def stop(self) -> None:
        """Begin no further call of the handler."""
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        """Work until stopped. Raises what `acknowledge` raises, save `LaneLostError`."""
        while not self._stopping:
            self._changed.clear()
            number, seconds = self._next()
            if number is None:
                await self._wait(seconds)
                continue
            self._busy = number
            self.idle.clear()
            try:
                await self._work(number)
            finally:
                self._busy = None
                self.idle.set()

    def _next(self) -> tuple[int | None, float | None]:
        """The lane whose turn it is, or None and the seconds until one has rested."""
        now, rest = time.monotonic(), None
        for number, lane in self._lanes.items():
            if not lane.waiting:
                continue
            if lane.rest_until <= now:
                self._lanes[number] = self._lanes.pop(number)  # to the end of the line
                return number, None
            left = lane.rest_until - now
            rest = left if rest is None else min(rest, left)
        return None, rest

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass  # a lane has rested

    async def _work(self, number: int) -> None:
        lane = self._lanes[number]
        batch = [lane.waiting[index] for index in range(min(self._options.batch, len(lane.waiting)))]
        try:
            await self._handler([held.delivery for held in batch])
        except Exception:  # noqa: BLE001 - whatever it was, the deliveries keep their place
            _LOG.exception("%s was not handled; it comes again", batch[0].delivery.place)
            for index, held in enumerate(batch):
                if index < len(lane.waiting):
                    lane.waiting[index] = replace(held, delivery=replace(held.delivery, redelivered=True))
            lane.rest_until = time.monotonic() + self._options.redeliver_after.total_seconds()
            return
        try:
            await self._acknowledge(number, batch)
        except LaneLostError:
            if self._lanes.get(number) is lane:
                self.forget(number)
            return
        for held in batch:
            lane.waiting.popleft()
            lane.size -= len(held.delivery.message.body)
        self.freed.set()
