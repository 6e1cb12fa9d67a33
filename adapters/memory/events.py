"""Event store and feed in memory, for tests and examples. Nothing survives the process.

Safe for any number of tasks of one event loop: an append never waits half-way.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.event_batches import batch_of
from domain.event_chain import first_link, next_link
from domain.events import StoredEvent
from domain.ports.events import Appended, CommandKeyReusedError, FeedPage, VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.event_batches import EventBatch
    from domain.events import EventMetadata, EventRecord
    from domain.ports.events import EncodeBody


class MemoryEventStore:
    """`EventStore` and `EventFeed` in one list: no writer is ever in flight, so everything is final."""

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        encode_body: EncodeBody | None = None,
    ) -> None:
        self._now = now
        self._encode_body = encode_body
        self._events: list[StoredEvent] = []
        self._streams: dict[str, list[StoredEvent]] = {}
        self._commands: dict[tuple[str, str], tuple[bytes, Appended]] = {}

    async def append(
        self,
        stream_id: str,
        expected_version: int,
        command_key: str,
        events: Sequence[EventRecord],
        metadata: EventMetadata,
    ) -> Appended:
        """Append a batch; see the port. Raises `InvalidValueError` for what `batch_of` refuses."""
        batch = batch_of(
            stream_id, expected_version, command_key, events, metadata, encode_body=self._encode_body
        )
        known = self._commands.get((stream_id, command_key))
        if known:
            return _repeated(known, batch)
        head = len(self._streams.get(stream_id, ()))
        if head != expected_version:
            raise VersionConflictError(stream_id=stream_id, expected=expected_version, actual=head)
        return self._write(batch)

    def _write(self, batch: EventBatch) -> Appended:
        stream = self._streams.setdefault(batch.stream_id, [])
        link = stream[-1].link if stream else first_link(batch.stream_id)
        first, at = len(self._events) + 1, self._now()
        for offset, event in enumerate(batch.events):
            link = next_link(link, batch.digests[offset])
            stored = StoredEvent(
                stream_id=batch.stream_id,
                version=batch.expected_version + offset + 1,
                position=first + offset,
                event_type=event.event_type,
                schema_version=event.schema_version,
                data=json.loads(batch.data[offset]),
                occurred_at=event.occurred_at,
                recorded_at=at,
                command_key=batch.command_key,
                metadata=batch.metadata,
                link=link,
                body=batch.bodies[offset],
            )
            stream.append(stored)
            self._events.append(stored)
        appended = Appended(stream[-1].version, tuple(range(first, first + len(batch.events))))
        self._commands[batch.stream_id, batch.command_key] = batch.command_digest, appended
        return appended

    async def read(self, stream_id: str, *, after: int = 0, limit: int = 10_000) -> Sequence[StoredEvent]:
        """Events of one stream in order; see the port."""
        return tuple(self._streams.get(stream_id, ())[after:][:limit])

    async def head(self, stream_id: str) -> int:
        """Version of the newest event, 0 when there is none."""
        return len(self._streams.get(stream_id, ()))

    async def after(self, position: int, limit: int) -> FeedPage:
        """The next events later than `position`, at most `limit`; go on from the page's frontier."""
        events = tuple(self._events[position:][:limit])
        return FeedPage(events, events[-1].position if events else position)


def _repeated(known: tuple[bytes, Appended], batch: EventBatch) -> Appended:
    digest, appended = known
    if digest != batch.command_digest:
        raise CommandKeyReusedError(stream_id=batch.stream_id, command_key=batch.command_key)
    return Appended(appended.version, appended.positions, repeated=True)
