"""Event store and feed in memory, for tests and examples. Single-threaded; nothing survives the process."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from domain.errors import InvalidValueError
from domain.events import StoredEvent
from domain.ports.events import Appended, CommandKeyReusedError, FeedPage, VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.events import EventMetadata, EventRecord


class MemoryEventStore:
    """`EventStore` and `EventFeed` in one list: no writer is ever in flight, so everything is final."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._events: list[StoredEvent] = []

    async def append(
        self,
        stream_id: str,
        expected_version: int,
        command_key: str,
        events: Sequence[EventRecord],
        metadata: EventMetadata,
    ) -> Appended:
        """Append a batch; see the port. Raises `InvalidValueError` for an empty batch or key."""
        if not events or not command_key:
            raise InvalidValueError(field="events" if command_key else "command_key", rule="not empty")
        stream = self._stream(stream_id)
        known = [event for event in stream if event.command_key == command_key]
        if known:
            return _repeated(known, events)
        if len(stream) != expected_version:
            raise VersionConflictError(stream_id=stream_id, expected=expected_version, actual=len(stream))
        first = len(self._events) + 1
        for offset, event in enumerate(events):
            self._events.append(
                StoredEvent(
                    stream_id=stream_id,
                    version=expected_version + offset + 1,
                    position=first + offset,
                    event_type=event.event_type,
                    schema_version=event.schema_version,
                    data=json.loads(json.dumps(event.data, allow_nan=False)),
                    occurred_at=event.occurred_at,
                    recorded_at=self._now(),
                    command_key=command_key,
                    metadata=metadata,
                )
            )
        positions = tuple(range(first, first + len(events)))
        return Appended(expected_version + len(events), positions)

    async def read(self, stream_id: str, *, after: int = 0, limit: int = 10_000) -> Sequence[StoredEvent]:
        """Events of one stream in order; see the port."""
        return tuple(self._stream(stream_id)[after:][:limit])

    async def head(self, stream_id: str) -> int:
        """Version of the newest event, 0 when there is none."""
        return len(self._stream(stream_id))

    async def after(self, position: int, limit: int) -> FeedPage:
        """The next events later than `position`, at most `limit`; go on from the page's frontier."""
        events = tuple(self._events[position:][:limit])
        return FeedPage(events, events[-1].position if events else position)

    def _stream(self, stream_id: str) -> list[StoredEvent]:
        return [event for event in self._events if event.stream_id == stream_id]


def _repeated(known: Sequence[StoredEvent], events: Sequence[EventRecord]) -> Appended:
    if [_content(event) for event in known] != [_content(event) for event in events]:
        raise CommandKeyReusedError(stream_id=known[0].stream_id, command_key=known[0].command_key)
    return Appended(known[-1].version, tuple(event.position for event in known), repeated=True)


def _content(event: StoredEvent | EventRecord) -> tuple[str, int, str, datetime]:
    data = json.dumps(event.data, sort_keys=True)
    return event.event_type, event.schema_version, data, event.occurred_at
