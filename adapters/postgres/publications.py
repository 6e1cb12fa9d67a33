"""Marks of published shards on PostgreSQL: one owner each, fenced by an epoch, moved by compare and set."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from domain.ports.publications import (
    SHARDS,
    ShardClaim,
    ShardStatus,
    ShardTakenError,
    StoppedStream,
    shard_of,
)

if TYPE_CHECKING:
    import asyncpg

    from adapters.postgres.pool import Pool, Session

# How long a silent owner keeps its shards. A clean stop gives them up at once.
LEASE: Final = timedelta(seconds=3)

_SEEN = """
INSERT INTO publisher_owners (owner, seen_at) VALUES ($1, clock_timestamp())
ON CONFLICT (owner) DO UPDATE SET seen_at = excluded.seen_at
"""
_FORGET = "DELETE FROM publisher_owners WHERE seen_at < clock_timestamp() - $1::interval"
_ALIVE = "SELECT count(*) FROM publisher_owners"
# All of them, so that two that claim at once share what is free.
_LOOK = """
SELECT shard, owner, owner IS NULL OR seen_at < clock_timestamp() - $1::interval AS free
FROM publisher_shards ORDER BY shard FOR UPDATE
"""
_GIVE_UP = "UPDATE publisher_shards SET owner = NULL WHERE owner = $1 AND shard = ANY($2::integer[])"
_TAKE = """
UPDATE publisher_shards SET owner = $1, epoch = epoch + 1 WHERE shard = ANY($2::integer[])
"""
_HELD = """
UPDATE publisher_shards SET seen_at = clock_timestamp() WHERE owner = $1 RETURNING shard, epoch, position
"""
# In the order of shards, as everybody locks them.
_MARK = """
WITH wanted AS (
    SELECT s.shard FROM publisher_shards s
    JOIN unnest($1::integer[], $2::bigint[], $3::bigint[]) AS held (shard, epoch, position)
      ON s.shard = held.shard AND s.epoch = held.epoch AND s.position = held.position AND s.owner IS NOT NULL
    ORDER BY s.shard FOR UPDATE OF s
)
UPDATE publisher_shards s SET position = greatest(s.position, $4), seen_at = clock_timestamp()
FROM wanted WHERE s.shard = wanted.shard
"""
_STOP = """
INSERT INTO publisher_stopped (stream_id, version, position, error) VALUES ($1, $2, $3, $4)
ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, position = excluded.position,
    error = excluded.error, resuming = false, stopped_at = clock_timestamp()
"""
_GO_ON = "DELETE FROM publisher_stopped WHERE stream_id = ANY($1::text[])"
_STOPPED = """
SELECT stream_id, version, position, error, resuming FROM publisher_stopped
ORDER BY position, stream_id LIMIT $1
"""
_RESUME = """
UPDATE publisher_stopped SET resuming = true WHERE $1::text IS NULL OR stream_id = $1 RETURNING stream_id
"""
_SEND_AGAIN = """
INSERT INTO publisher_stopped (stream_id, version, position, error, resuming)
SELECT $1, $2, s.position, '', true FROM publisher_shards s WHERE s.shard = $3
ON CONFLICT (stream_id) DO UPDATE
    SET version = least(publisher_stopped.version, excluded.version), resuming = true
"""
# The epoch shuts out marks of what is being sent at this moment, wherever a shard stands.
_GO_BACK = """
WITH locked AS (SELECT shard FROM publisher_shards ORDER BY shard FOR UPDATE)
UPDATE publisher_shards s SET position = least(s.position, $1), epoch = s.epoch + 1
FROM locked WHERE s.shard = locked.shard
"""
# From the newest back, so that it reads what is sent again and no more. No statement takes longer than a
# minute, so no event is out of the order of times by more.
_BEFORE = """
SELECT position FROM order_events WHERE recorded_at < $1::timestamptz - interval '1 minute'
ORDER BY position DESC LIMIT 1
"""
_RELEASE = "UPDATE publisher_shards SET owner = NULL WHERE owner = $1"
_LEAVE = "DELETE FROM publisher_owners WHERE owner = $1"
_STATUS = """
SELECT s.shard, s.position, s.owner, clock_timestamp() - (
    SELECT e.recorded_at FROM order_events e WHERE e.position > s.position ORDER BY e.position LIMIT 1
) AS lag FROM publisher_shards s ORDER BY s.shard
"""


class PostgresPublications:
    """`domain.ports.publications.Publications` over `publisher_shards`."""

    def __init__(self, pool: Pool, lease: timedelta = LEASE) -> None:
        self._pool = pool
        self._lease = lease

    async def claim(self, owner: str) -> Sequence[ShardClaim]:
        """See the port."""
        async with self._pool.acquire() as session, session.transaction():
            await session.execute(_SEEN, owner)
            await session.execute(_FORGET, self._lease)
            fair = -(-SHARDS // await session.fetchval(_ALIVE))
            rows = await session.fetch(_LOOK, self._lease)
            mine = [row["shard"] for row in rows if row["owner"] == owner]
            free = [row["shard"] for row in rows if row["free"] and row["owner"] != owner]
            if mine[fair:]:
                await session.execute(_GIVE_UP, owner, mine[fair:])
            if wanted := free[: max(0, fair - len(mine))]:
                await session.execute(_TAKE, owner, wanted)
            held = await session.fetch(_HELD, owner)
        return tuple(sorted((ShardClaim(**row) for row in held), key=lambda claim: claim.shard))

    async def mark(
        self,
        held: Collection[ShardClaim],
        position: int,
        stopped: Collection[StoppedStream] = (),
        gone_on: Collection[str] = (),
    ) -> Sequence[ShardClaim]:
        """See the port."""
        async with self._pool.acquire() as session, session.transaction():
            await _move(session, held, position)
            if gone_on:
                await session.execute(_GO_ON, list(gone_on))
            if stopped:
                rows = [(each.stream_id, each.version, each.position, each.error) for each in stopped]
                await session.executemany(_STOP, rows)
        return tuple(replace(claim, position=max(claim.position, position)) for claim in held)

    async def release(self, owner: str) -> None:
        """See the port."""
        async with self._pool.acquire() as session, session.transaction():
            await session.execute(_RELEASE, owner)
            await session.execute(_LEAVE, owner)

    async def stopped(self, limit: int = 1_000) -> Sequence[StoppedStream]:
        """See the port."""
        return tuple(StoppedStream(**row) for row in await self._pool.fetch(_STOPPED, limit))

    async def send_again(self, stream_id: str, version: int) -> None:
        """See the port."""
        await self._pool.execute(_SEND_AGAIN, stream_id, version, shard_of(stream_id))

    async def go_back(self, position: int) -> None:
        """See the port."""
        await self._pool.execute(_GO_BACK, position)

    async def position_before(self, since: datetime) -> int:
        """A position after which all lies that was recorded at `since` or later, and a minute more."""
        return await self._pool.fetchval(_BEFORE, since) or 0

    async def resume(self, stream_id: str | None = None) -> Sequence[str]:
        """See the port."""
        return tuple(sorted(row["stream_id"] for row in await self._pool.fetch(_RESUME, stream_id)))

    async def status(self) -> Sequence[ShardStatus]:
        """See the port."""
        return tuple(_status(row) for row in await self._pool.fetch(_STATUS))


async def _move(session: Session, held: Collection[ShardClaim], position: int) -> None:
    moved = await session.execute(
        _MARK,
        [claim.shard for claim in held],
        [claim.epoch for claim in held],
        [claim.position for claim in held],
        position,
    )
    if moved != f"UPDATE {len(held)}":
        raise ShardTakenError(held=[claim.shard for claim in held], marked=moved)


def _status(row: asyncpg.Record) -> ShardStatus:
    # An event of a transaction that has just begun may be "younger" than now.
    lag = max(row["lag"] or timedelta(), timedelta())
    return ShardStatus(row["shard"], row["position"], row["owner"], lag)
