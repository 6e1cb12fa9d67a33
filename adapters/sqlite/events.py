"""Event store and feed in one SQLite file. One writer at a time, so nothing is ever in flight."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adapters.event_batches import batch_of, metadata_from
from domain.event_chain import first_link, next_link
from domain.events import StoredEvent
from domain.ports.events import Appended, CommandKeyReusedError, FeedPage, VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from sqlite3 import Row

    import aiosqlite

    from adapters.event_batches import EventBatch
    from adapters.sqlite.connection import SqliteDatabase
    from domain.events import EventMetadata, EventRecord
    from domain.ports.events import EncodeBody

_COLUMNS = (
    "stream_id, version, position, event_type, schema_version, data, occurred_at, recorded_at, command_key,"
    " metadata, link, body"
)
_READ = f"SELECT {_COLUMNS} FROM events WHERE stream_id = ? AND version > ? ORDER BY version LIMIT ?"  # noqa: S608 - constants only
_FEED = f"SELECT {_COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608 - constants only
_HEAD = "SELECT version, link FROM event_streams WHERE stream_id = ?"
_KNOWN = """
SELECT version, position, command_digest FROM events WHERE stream_id = ? AND command_key = ? ORDER BY version
"""
_LAST = "SELECT coalesce(max(position), 0) FROM events"
_PUT_HEAD = """
INSERT INTO event_streams (stream_id, version, link) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET version = excluded.version, link = excluded.link
"""
_INSERT = f"INSERT INTO events ({_COLUMNS}, command_digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants only


class SqliteEventStore:
    """`EventStore` and `EventFeed` of `domain.ports.events` over one file.

    Every committed event is final: the feed's frontier is the newest position.
    """

    def __init__(
        self,
        database: SqliteDatabase,
        encode_body: EncodeBody | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._encode_body = encode_body
        self._now = now

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
        async with self._database.writing() as writer:
            known = tuple(await writer.execute_fetchall(_KNOWN, (stream_id, command_key)))
            if known:
                return _repeated(known, batch)
            head = tuple(await writer.execute_fetchall(_HEAD, (stream_id,)))
            version, link = head[0] if head else (0, first_link(stream_id))
            if version != expected_version:
                raise VersionConflictError(stream_id=stream_id, expected=expected_version, actual=version)
            return await self._write(writer, batch, link)

    async def _write(self, writer: aiosqlite.Connection, batch: EventBatch, link: bytes) -> Appended:
        ((last,),) = await writer.execute_fetchall(_LAST)
        rows = tuple(_rows(batch, link, last, _text(self._now())))
        version, positions = rows[-1][1], tuple(row[2] for row in rows)
        await writer.execute_fetchall(_PUT_HEAD, (batch.stream_id, version, rows[-1][10]))
        await writer.executemany(_INSERT, rows)
        return Appended(version, positions)

    async def read(self, stream_id: str, *, after: int = 0, limit: int = 10_000) -> Sequence[StoredEvent]:
        """Events of one stream in order; see the port."""
        rows = await self._database.fetch(_READ, stream_id, after, limit)
        return tuple(_stored_event(row) for row in rows)

    async def head(self, stream_id: str) -> int:
        """Version of the newest event, 0 when there is none."""
        rows = await self._database.fetch(_HEAD, stream_id)
        return int(rows[0][0]) if rows else 0

    async def after(self, position: int, limit: int) -> FeedPage:
        """The next events later than `position`, at most `limit`; go on from the page's frontier."""
        rows = await self._database.fetch(_FEED, position, limit)
        events = tuple(_stored_event(row) for row in rows)
        return FeedPage(events, events[-1].position if events else position)


def _rows(batch: EventBatch, link: bytes, last: int, recorded_at: str) -> Iterator[tuple[Any, ...]]:
    for number, event in enumerate(batch.events):
        link = next_link(link, batch.digests[number])
        yield (
            batch.stream_id,
            batch.expected_version + number + 1,
            last + number + 1,
            event.event_type,
            event.schema_version,
            batch.data[number],
            _text(event.occurred_at),
            recorded_at,
            batch.command_key,
            batch.said_by,
            link,
            batch.bodies[number],
            batch.command_digest,
        )


def _stored_event(row: Row) -> StoredEvent:
    return StoredEvent(
        stream_id=row[0],
        version=row[1],
        position=row[2],
        event_type=row[3],
        schema_version=row[4],
        data=json.loads(row[5]),
        occurred_at=datetime.fromisoformat(row[6]),
        recorded_at=datetime.fromisoformat(row[7]),
        command_key=row[8],
        metadata=metadata_from(json.loads(row[9])),
        link=row[10],
        body=row[11],
    )


def _repeated(known: Sequence[Row], batch: EventBatch) -> Appended:
    if known[0][2] != batch.command_digest:
        raise CommandKeyReusedError(stream_id=batch.stream_id, command_key=batch.command_key)
    return Appended(known[-1][0], tuple(row[1] for row in known), repeated=True)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
