"""Snapshots of aggregates on PostgreSQL. Written beside the append, never as a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ports.aggregate_snapshots import MOST_OF_A_STREAM, AggregateSnapshot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

    from adapters.postgres.pool import Pool

_COLUMNS = "stream_id, version, schema_version, type, data, taken_at"
_NEWEST = f"""
SELECT {_COLUMNS} FROM aggregate_snapshots
WHERE stream_id = $1 AND ($2::integer IS NULL OR version <= $2) AND ($3::timestamptz IS NULL OR taken_at < $3)
ORDER BY version DESC LIMIT 1
"""  # noqa: S608 - constants only
# The rows that the statement itself puts are not among those it sees, so the new version is named.
_KEEP = f"""
WITH put AS (
    INSERT INTO aggregate_snapshots ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (stream_id, version) DO UPDATE SET
        schema_version = excluded.schema_version, type = excluded.type, data = excluded.data,
        taken_at = excluded.taken_at
)
DELETE FROM aggregate_snapshots WHERE stream_id = $1 AND version < (
    SELECT kept.version FROM (
        SELECT version FROM aggregate_snapshots WHERE stream_id = $1 UNION SELECT $2::integer
    ) AS kept ORDER BY kept.version DESC OFFSET {MOST_OF_A_STREAM - 1} LIMIT 1
)
"""  # noqa: S608 - constants only
_PAGE = f"""
SELECT {_COLUMNS} FROM aggregate_snapshots WHERE (stream_id, version) > ($1, $2)
ORDER BY stream_id, version LIMIT $3
"""  # noqa: S608 - constants only
_DROP = "DELETE FROM aggregate_snapshots WHERE $1::text IS NULL OR stream_id = $1"


class PostgresAggregateSnapshots:
    """`domain.ports.aggregate_snapshots.AggregateSnapshots` over `aggregate_snapshots`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest(
        self, stream_id: str, *, until: int | None = None, before: datetime | None = None
    ) -> AggregateSnapshot | None:
        """See the port."""
        row = await self._pool.fetchrow(_NEWEST, stream_id, until, before)
        return _snapshot(row) if row else None

    async def page(
        self, after: tuple[str, int] | None = None, limit: int = 100
    ) -> Sequence[AggregateSnapshot]:
        """See the port."""
        rows = await self._pool.fetch(_PAGE, *(after or ("", 0)), limit)
        return tuple(_snapshot(row) for row in rows)

    async def keep(self, snapshot: AggregateSnapshot) -> None:
        """See the port."""
        await self._pool.execute(
            _KEEP,
            snapshot.stream_id,
            snapshot.version,
            snapshot.schema_version,
            snapshot.type,
            snapshot.data,
            snapshot.taken_at,
        )

    async def drop(self, stream_id: str | None = None) -> int:
        """See the port."""
        done: str = await self._pool.execute(_DROP, stream_id)
        return int(done.rpartition(" ")[2])


def _snapshot(row: asyncpg.Record) -> AggregateSnapshot:
    return AggregateSnapshot(*(row[name.strip()] for name in _COLUMNS.split(",")))
