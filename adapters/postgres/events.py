"""The event store on PostgreSQL: one round trip to append, one to read. The rules are in `append_events`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.event_batches import batch_of, metadata_from
from domain.events import StoredEvent
from domain.ports.events import Appended, CommandKeyReusedError, VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import asyncpg

    from adapters.event_batches import EventBatch
    from adapters.postgres.pool import Pool, Session
    from domain.events import EventMetadata, EventRecord
    from domain.ports.events import EncodeBody

_APPEND = """
SELECT answer, version, positions
FROM append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb)
"""
COLUMNS = (
    "order_id, version, position, event_type, schema_version, data, occurred_at, recorded_at,"
    " command_key, metadata, link, body"
)
_READ = f"SELECT {COLUMNS} FROM order_events WHERE order_id = $1 AND version > $2 ORDER BY version LIMIT $3"  # noqa: S608 - constants only
_HEAD = "SELECT version FROM order_streams WHERE order_id = $1"


class PostgresEventStore:
    """`domain.ports.events.EventStore` over `order_events`.

    A lost connection or a time-out leaves the outcome unknown: append again with the same key. Given a
    session, it works inside that session's transaction. `encode_body` makes each event's protobuf;
    `appended` is called after every append that wrote something, which a session has yet to commit.
    """

    def __init__(
        self,
        pool: Pool | Session,
        encode_body: EncodeBody | None = None,
        *,
        appended: Callable[[], None] | None = None,
    ) -> None:
        self._pool = pool
        self._encode_body = encode_body
        self._appended = appended

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
        return await self.append_batch(batch)

    async def append_batch(self, batch: EventBatch) -> Appended:
        """Append what is prepared already; see the port."""
        row = await self._pool.fetchrow(
            _APPEND,
            batch.stream_id,
            batch.expected_version,
            batch.command_key,
            batch.command_digest,
            [event.event_type for event in batch.events],
            [event.schema_version for event in batch.events],
            batch.data,
            [event.occurred_at for event in batch.events],
            batch.digests,
            batch.bodies,
            batch.said_by,
        )
        assert row is not None  # a function with OUT parameters always gives one row
        found = answer(row, batch)
        if self._appended and not found.repeated:
            self._appended()
        return found

    async def read(self, stream_id: str, *, after: int = 0, limit: int = 10_000) -> Sequence[StoredEvent]:
        """Events of one stream in order; see the port."""
        rows = await self._pool.fetch(_READ, stream_id, after, limit)
        return tuple(stored_event(row) for row in rows)

    async def head(self, stream_id: str) -> int:
        """Version of the newest event, 0 when there is none."""
        return await self._pool.fetchval(_HEAD, stream_id) or 0


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
        metadata=metadata_from(row["metadata"]),
        link=row["link"],
        body=row["body"],
    )


def answer(row: asyncpg.Record, batch: EventBatch) -> Appended:
    """What the database answered, as the port says it. Raises the port's errors."""
    facts: dict[str, Any] = {"stream_id": batch.stream_id}
    match row["answer"]:
        case "appended" | "already" as said:
            return Appended(row["version"], tuple(row["positions"]), repeated=said == "already")
        case "version_conflict":
            raise VersionConflictError(**facts, expected=batch.expected_version, actual=row["version"])
        case _:
            raise CommandKeyReusedError(**facts, command_key=batch.command_key)
