"""The long part of a rebuild: stream by stream, each folded once and written once, into tables beside."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.projections import beside, checkpoints, parking, rebuilds, summing
from adapters.postgres.projections.crew import crew_for
from adapters.postgres.projections.folding import Folded, fold_slices
from adapters.postgres.projections.loading_rows import COLUMNS, Stored, fold_streams, shown
from adapters.postgres.projections.projection import BESIDE
from adapters.postgres.projections.writing import REFUSED, write_states

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from adapters.postgres.pool import Pool, Session
    from adapters.postgres.projections.checkpoints import Claim
    from adapters.postgres.projections.crew import Crew
    from adapters.postgres.projections.folding import Poison
    from adapters.postgres.projections.loading_rows import Rows
    from adapters.postgres.projections.projection import Projection
    from adapters.postgres.projections.rebuilds import Rebuild

    Progress = Callable[[int, int], None]

# In one transaction; a stream with more events than that has one of its own.
STREAMS: Final = 1_000
EVENTS: Final = 5_000
_HEADS: Final = """
SELECT order_id, version FROM (
    SELECT order_id, version, sum(version) OVER (ORDER BY order_id) - version AS before FROM (
        SELECT order_id, version FROM order_streams WHERE order_id > $1 ORDER BY order_id LIMIT $2
    ) AS heads
) AS counted WHERE before < $3 ORDER BY order_id
"""
_EVENTS: Final = f"""
SELECT {COLUMNS} FROM order_events WHERE order_id = ANY($1::text[]) AND position <= $2
ORDER BY order_id, version
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some streams in order: the last one, how many events all of them have, the events that are taken.

    These are None for a single long stream: it is read slice by slice, so that nobody holds all of it.
    """

    last: str
    size: int
    events: list[Stored] | None = None


async def load(
    pool: Pool, projection: Projection[Any], held: Claim, now: Rebuild, progress: Progress | None
) -> tuple[Claim, Rebuild]:
    """Fill the tables beside as they stood at the goal; then they get their indexes.

    Every chunk is one transaction with what is remembered of it. Raises `CheckpointMovedError` when somebody
    else has taken the rebuild over.
    """
    with crew_for(now.goal - now.events) as crew:
        async for chunk, rows in _made(pool, projection, now, crew):
            now = now.after(chunk.last, chunk.size)
            async with pool.acquire() as session, session.transaction():
                held = await checkpoints.advance(session, held, held.position)
                poisons = await _write(session, projection, rows, chunk, now.goal)
                await parking.park(session, held.name, poisons)
                await rebuilds.keep(session, now)
            if progress:
                progress(min(now.events, now.goal), now.goal)
    return await _finish(pool, projection, held, now)


async def _made(
    pool: Pool, projection: Projection[Any], now: Rebuild, crew: Crew
) -> AsyncGenerator[tuple[_Chunk, Rows], None]:
    """Chunks in order, each with its rows, while some of the next ones are made already."""
    under_way: deque[tuple[_Chunk, asyncio.Task[Rows]]] = deque()
    last: str | None = now.after_stream
    try:
        while last is not None or under_way:
            while last is not None and len(under_way) < crew.ahead:
                chunk = await _next(pool, projection, last, now.goal)
                last = chunk.last if chunk else None
                if chunk:
                    making = asyncio.create_task(_rows(pool, projection, chunk, now.goal, crew))
                    under_way.append((chunk, making))
            if under_way:
                chunk, making = under_way.popleft()
                yield chunk, await making
    finally:
        for _, making in under_way:
            making.cancel()


async def _finish(
    pool: Pool, projection: Projection[Any], held: Claim, now: Rebuild
) -> tuple[Claim, Rebuild]:
    async with pool.acquire() as session, session.transaction():
        held = await checkpoints.advance(session, held, now.goal)
        await beside.index(session, projection)
        now = replace(now, loaded=True)
        await rebuilds.keep(session, now)
        return await checkpoints.advance(session, held, now.goal), now  # seen alive after a long time


async def _write(
    session: Session, projection: Projection[Any], rows: Rows, chunk: _Chunk, goal: int
) -> Sequence[Poison]:
    if rows.views is not None:
        try:
            async with session.transaction():  # a savepoint: a refused row must not end the whole chunk
                for view, (content, changes) in zip(projection.views, rows.views, strict=True):
                    await session.execute(_insert(view.table.name + BESIDE), content)
                    if view.sums:
                        await summing.add(session, view.sums, changes, BESIDE)
        except REFUSED:
            pass
        else:
            return rows.poisons
    folded = await _fold(session, projection, chunk, goal)
    await write_states(session, projection, folded, BESIDE, fresh=True)
    return folded.poisons


def _insert(target: str) -> str:
    return f"INSERT INTO {target} SELECT * FROM jsonb_populate_recordset(NULL::{target}, $1::text::jsonb)"  # noqa: S608 - constants only


async def _next(pool: Pool, projection: Projection[Any], after: str, goal: int) -> _Chunk | None:
    heads = await pool.fetch(_HEADS, after, STREAMS, EVENTS)
    if not heads:
        return None
    if heads[0]["version"] > EVENTS:
        return _Chunk(heads[0]["order_id"], heads[0]["version"])
    heads = list(takewhile(lambda row: row["version"] <= EVENTS, heads))
    wanted = [row["order_id"] for row in heads if projection.streams.takes(row["order_id"])]
    rows = await pool.fetch(_EVENTS, wanted, goal) if wanted else ()
    size = sum(row["version"] for row in heads)
    return _Chunk(heads[-1]["order_id"], size, [tuple(row) for row in rows])


async def _fold(
    session: Session | Pool, projection: Projection[Any], chunk: _Chunk, goal: int
) -> Folded[Any]:
    if chunk.events is not None:
        return fold_streams(projection, chunk.events)
    folded: Folded[Any] = Folded()
    if projection.streams.takes(chunk.last):
        await fold_slices(session, folded, projection.streams, chunk.last, until=goal)
    return folded


async def _rows(pool: Pool, projection: Projection[Any], chunk: _Chunk, goal: int, crew: Crew) -> Rows:
    if chunk.events is not None:
        return await crew.rows(projection.name, chunk.events)
    return shown(projection, await _fold(pool, projection, chunk, goal))
