"""Snapshots of aggregates in one SQLite file, beside the events and never in their transactions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from domain.ports.aggregate_snapshots import MOST_OF_A_STREAM, AggregateSnapshot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Row

    from adapters.sqlite.connection import SqliteDatabase

_COLUMNS = "stream_id, version, schema_version, type, data, taken_at"
_NEWEST = f"""
SELECT {_COLUMNS} FROM aggregate_snapshots
WHERE stream_id = ?1 AND (?2 IS NULL OR version <= ?2) AND (?3 IS NULL OR taken_at < ?3)
ORDER BY version DESC LIMIT 1
"""  # noqa: S608 - constants only
_KEEP = f"INSERT OR REPLACE INTO aggregate_snapshots ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants only
_FORGET = """
DELETE FROM aggregate_snapshots WHERE stream_id = ?1 AND version < (
    SELECT version FROM aggregate_snapshots WHERE stream_id = ?1 ORDER BY version DESC LIMIT 1 OFFSET ?2
)
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM aggregate_snapshots WHERE (stream_id, version) > (?, ?)
ORDER BY stream_id, version LIMIT ?
"""  # noqa: S608 - constants only
_DROP = "DELETE FROM aggregate_snapshots WHERE ?1 IS NULL OR stream_id = ?1 RETURNING version"


class SqliteAggregateSnapshots:
    """`domain.ports.aggregate_snapshots.AggregateSnapshots` over one file."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def newest(
        self, stream_id: str, *, until: int | None = None, before: datetime | None = None
    ) -> AggregateSnapshot | None:
        """See the port."""
        rows = await self._database.fetch(_NEWEST, stream_id, until, _text(before) if before else None)
        return _snapshot(rows[0]) if rows else None

    async def page(
        self, after: tuple[str, int] | None = None, limit: int = 100
    ) -> Sequence[AggregateSnapshot]:
        """See the port."""
        rows = await self._database.fetch(_PAGE, *(after or ("", 0)), limit)
        return tuple(_snapshot(row) for row in rows)

    async def keep(self, snapshot: AggregateSnapshot) -> None:
        """See the port."""
        values = (
            snapshot.stream_id,
            snapshot.version,
            snapshot.schema_version,
            snapshot.type,
            snapshot.data,
            _text(snapshot.taken_at),
        )
        async with self._database.writing() as writer:
            await writer.execute_fetchall(_KEEP, values)
            await writer.execute_fetchall(_FORGET, (snapshot.stream_id, MOST_OF_A_STREAM - 1))

    async def drop(self, stream_id: str | None = None) -> int:
        """See the port."""
        async with self._database.writing() as writer:
            return len(tuple(await writer.execute_fetchall(_DROP, (stream_id,))))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _snapshot(row: Row) -> AggregateSnapshot:
    stream_id, version, schema_version, kind, data, taken_at = row
    at = datetime.fromisoformat(taken_at)
    return AggregateSnapshot(stream_id, version, schema_version, kind, data, at)
