"""Appends that wait to be sent: of one stream in the order they came, streams in turn. Sends nothing."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from adapters.event_batches import EventBatch
    from domain.ports.events import Appended


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """Who waits for the answer to its append. Who has given up hears nothing any more."""

    batch: EventBatch
    heard: asyncio.Future[Appended]

    def answer(self, appended: Appended) -> None:
        """Let the caller go on."""
        if not self.heard.done():
            self.heard.set_result(appended)

    def fail(self, error: Exception) -> None:
        """Raise the error where the caller waits."""
        if not self.heard.done():
            self.heard.set_exception(error)


class WaitingAppends:
    """A stream whose append was taken gives no other until `release`, so none overtakes the one before it."""

    def __init__(self) -> None:
        self._streams: dict[str, deque[Caller]] = {}  # those with somebody waiting or under way
        self._ready: deque[str] = deque()
        self._waiting = 0
        self._taken = 0

    def __len__(self) -> int:
        return self._waiting

    @property
    def taken(self) -> int:
        """How many were taken and not released yet."""
        return self._taken

    @property
    def ready(self) -> bool:
        """Whether there may be somebody to take."""
        return bool(self._ready)

    def put(self, caller: Caller) -> None:
        """Wait behind those of the same stream."""
        stream = caller.batch.stream_id
        if stream not in self._streams:
            self._streams[stream] = deque()
            self._ready.append(stream)
        self._streams[stream].append(caller)
        self._waiting += 1

    def take(self, appends: int, events: int) -> list[Caller]:
        """At most so many appends, each of another stream; more than one have at most so many events."""
        taken: list[Caller] = []
        while self._ready and len(taken) < appends:
            stream = self._ready[0]
            queue = self._streams[stream]
            self._drop_who_gave_up(queue)
            if queue:
                events -= len(queue[0].batch.events)
                if taken and events < 0:
                    break
                taken.append(queue.popleft())
            else:
                del self._streams[stream]
            self._ready.popleft()
        self._waiting -= len(taken)
        self._taken += len(taken)
        return taken

    def release(self, caller: Caller) -> None:
        """The append has its answer: the next of its stream may be taken, after those of other streams."""
        stream = caller.batch.stream_id
        self._taken -= 1
        if self._streams[stream]:
            self._ready.append(stream)
        else:
            del self._streams[stream]

    def _drop_who_gave_up(self, queue: deque[Caller]) -> None:
        while queue and queue[0].heard.done():
            queue.popleft()
            self._waiting -= 1
