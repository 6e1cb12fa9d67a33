"""Streams that a projection has stopped at. Their later events stay in the store until `resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ports.projections import ParkedStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from adapters.postgres.pool import Pool, Session
    from adapters.postgres.projections.folding import Poison

_PARK = """
INSERT INTO projection_parked (name, order_id, version, position, error) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""
_PARKED_OF = "SELECT order_id FROM projection_parked WHERE name = $1 AND order_id = ANY($2::text[])"
_ALL = """
SELECT name AS projection, order_id, version, position, error, parked_at FROM projection_parked
WHERE name = $1 ORDER BY position LIMIT $2
"""
_TAKE_OUT = """
DELETE FROM projection_parked WHERE name = $1 AND ($2::text[] IS NULL OR order_id = ANY($2))
RETURNING order_id
"""
_IDS = "SELECT order_id FROM projection_parked WHERE name = $1 ORDER BY position"
_RENAME = "UPDATE projection_parked SET name = $2 WHERE name = $1"


async def park(session: Session, name: str, poisons: Iterable[Poison]) -> None:
    """Stop these streams; one that is parked already stays where it stopped."""
    rows = [(name, bad.stream_id, bad.version, bad.position, bad.error) for bad in poisons]
    if rows:
        await session.executemany(_PARK, rows)


async def parked_of(session: Session, name: str, order_ids: Collection[str]) -> frozenset[str]:
    """Which of these streams the projection has stopped at."""
    rows = await session.fetch(_PARKED_OF, name, list(order_ids))
    return frozenset(row["order_id"] for row in rows)


async def all_parked(session: Session, name: str, limit: int = 1_000) -> tuple[ParkedStream, ...]:
    """What is parked, oldest event first."""
    return tuple(ParkedStream(**row) for row in await session.fetch(_ALL, name, limit))


async def ids(pool: Pool, name: str) -> list[str]:
    """All streams that the projection has stopped at, oldest event first."""
    return [row["order_id"] for row in await pool.fetch(_IDS, name)]


async def take_out(session: Session, name: str, order_ids: Sequence[str] | None) -> list[str]:
    """Let some streams, or all of them, go on; the ids of those that were parked."""
    return [row["order_id"] for row in await session.fetch(_TAKE_OUT, name, order_ids)]


async def rename(session: Session, old: str, new: str) -> None:
    """What was parked under `old` is what is parked under `new`."""
    await take_out(session, new, None)
    await session.execute(_RENAME, old, new)
