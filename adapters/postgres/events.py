"""The event store on PostgreSQL: one round trip to append, one to read. The rules are in `append_events`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING

from adapters.postgres.pool import json_text
from domain.errors import InvalidValueError
from domain.events import EventMetadata, StoredEvent
from domain.ports.events import Appended, CommandKeyReusedError, VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from adapters.postgres.pool import Pool, Session
    from domain.events import EventRecord

_APPEND = "SELECT answer, version, positions FROM append_events($1, $2, $3, $4, $5, $6, $7, $8, $9)"
COLUMNS = (
    "order_id, version, position, event_type, schema_version, data, occurred_at, recorded_at,"
    " command_key, metadata"
)
_READ = f"SELECT {COLUMNS} FROM order_events WHERE order_id = $1 AND version > $2 ORDER BY version LIMIT $3"  # noqa: S608 - constants only
_HEAD = "SELECT version FROM order_streams WHERE order_id = $1"


class PostgresEventStore:
    """`domain.ports.events.EventStore` over `order_events`.

    A lost connection or a time-out leaves the outcome unknown: append again with the same key. Given a
    session, it works inside that session's transaction.
    """

    def __init__(self, pool: Pool | Session) -> None:
        self._pool = pool

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
        data = [json_text(event.data) for event in events]
        row = await self._pool.fetchrow(
            _APPEND,
            stream_id,
            expected_version,
            command_key,
            digest_of(events),
            [event.event_type for event in events],
            [event.schema_version for event in events],
            data,
            [event.occurred_at for event in events],
            _stated(metadata),
        )
        assert row is not None  # a function with OUT parameters always gives one row
        return _answer(row, stream_id, expected_version, command_key)

    async def read(self, stream_id: str, *, after: int = 0, limit: int = 10_000) -> Sequence[StoredEvent]:
        """Events of one stream in order; see the port."""
        rows = await self._pool.fetch(_READ, stream_id, after, limit)
        return tuple(stored_event(row) for row in rows)

    async def head(self, stream_id: str) -> int:
        """Version of the newest event, 0 when there is none."""
        return await self._pool.fetchval(_HEAD, stream_id) or 0


def digest_of(events: Sequence[EventRecord]) -> bytes:
    """SHA-256 of what the events say: types, schema versions, data, times. Equal content, equal digest."""
    content = [
        [event.event_type, event.schema_version, event.data, event.occurred_at.astimezone(UTC).isoformat()]
        for event in events
    ]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).digest()


def stored_event(row: asyncpg.Record) -> StoredEvent:
    """One row of `COLUMNS` as the domain knows it."""
    return StoredEvent(
        stream_id=row["order_id"],
        version=row["version"],
        position=row["position"],
        event_type=row["event_type"],
        schema_version=row["schema_version"],
        data=row["data"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        command_key=row["command_key"],
        metadata=EventMetadata(**row["metadata"]),
    )


def _stated(metadata: EventMetadata) -> dict[str, str]:
    return {name: value for name, value in asdict(metadata).items() if value}


def _answer(row: asyncpg.Record, stream_id: str, expected: int, command_key: str) -> Appended:
    match row["answer"]:
        case "appended" | "already" as answer:
            return Appended(row["version"], tuple(row["positions"]), repeated=answer == "already")
        case "version_conflict":
            raise VersionConflictError(stream_id=stream_id, expected=expected, actual=row["version"])
        case _:
            raise CommandKeyReusedError(stream_id=stream_id, command_key=command_key)
