"""Builds a projection anew from the first event, beside the live tables, and swaps it in at once.

The live tables are read and written meanwhile. Nothing leaves the database: no cache, no alerts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from adapters.postgres.projections import beside, checkpoints, parking, rebuilds
from adapters.postgres.projections.batch import write_page
from adapters.postgres.projections.collecting import collecting_seldom
from adapters.postgres.projections.loading import load
from adapters.postgres.projections.orders import ORDERS_PROJECTION
from adapters.postgres.projections.projection import BESIDE
from adapters.postgres.projections.shared_feed import bare_feed
from domain.errors import DomainError

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from adapters.postgres.projections.checkpoints import Claim
    from adapters.postgres.projections.projection import Projection
    from adapters.postgres.projections.rebuilds import Rebuild

_LOG = logging.getLogger(__name__)
BATCH: Final = 5_000
_SWAP_TRIES: Final = 5
_LOOK: Final = 0.2
_LIVE: Final = "SELECT position FROM projection_checkpoints WHERE name = $1"
Progress = Callable[[int, int], None]


class RebuildRunningError(DomainError):
    """Somebody else is rebuilding this projection."""

    code = "rebuild_running"


async def rebuild(
    pool: Pool,
    owner: str,
    *,
    projection: Projection[Any] = ORDERS_PROJECTION,
    anew: bool = False,
    progress: Progress | None = None,
    patience: timedelta = timedelta(),
) -> int:
    """Rebuild and swap; the position that the new tables have reached.

    `progress` hears the position reached and the one to reach. A rebuild that was interrupted goes on where
    it was, unless another release began it or `anew` is wanted. Waits up to `patience` for one that runs, or
    was killed a moment ago; then raises `RebuildRunningError`.
    """
    with collecting_seldom():
        held, now = await _begin(pool, projection, owner, anew=anew, patience=patience)
        if not now.loaded:
            held, now = await load(pool, projection, held, now, progress)
        for left in reversed(range(_SWAP_TRIES)):
            held = await _catch_up(pool, projection, held, progress)
            try:
                return await _swap(pool, projection, held)
            except asyncpg.LockNotAvailableError:  # somebody reads for long; do not make all others queue
                if not left:
                    raise
        raise AssertionError  # the last try has returned or raised


async def _begin(
    pool: Pool,
    projection: Projection[Any],
    owner: str,
    *,
    anew: bool,
    patience: timedelta,
) -> tuple[Claim, Rebuild]:
    held = await _claim(pool, projection.name, owner, patience)
    goal = await _final(pool, projection)
    async with pool.acquire() as session, session.transaction():
        held = await checkpoints.advance(session, held, held.position)
        now = await rebuilds.found(session, projection.name)
        left = now is not None and now.release == rebuilds.this_release()
        if now and left and not anew and await beside.are_there(session, projection):
            _LOG.info("projection %s: rebuilding, on from %d events", projection.name, now.events)
            return held, now
        await beside.create(session, projection)
        await parking.take_out(session, held.name, None)
        now = await rebuilds.begin(session, projection.name, goal)
        return await checkpoints.advance(session, held, 0), now


async def _claim(pool: Pool, name: str, owner: str, patience: timedelta) -> Claim:
    deadline = asyncio.get_running_loop().time() + patience.total_seconds()
    while True:
        held = None
        with contextlib.suppress(asyncpg.LockNotAvailableError):  # its owner is busy with it: making indexes
            async with pool.acquire() as session:
                held = await checkpoints.claim(session, f"{name}:rebuild", owner)
        if held is not None:
            return held
        if asyncio.get_running_loop().time() >= deadline:
            raise RebuildRunningError(projection=name)
        await asyncio.sleep(_LOOK)


async def _final(pool: Pool, projection: Projection[Any]) -> int:
    """Up to where events are final: as far as the live tables are, at least, whoever may be writing now."""
    feed = bare_feed(pool)
    await feed.after(0, 1)
    return max(feed.final, await pool.fetchval(_LIVE, projection.name) or 0)


async def _catch_up(
    pool: Pool, projection: Projection[Any], held: Claim, progress: Progress | None = None
) -> Claim:
    feed = bare_feed(pool, await _final(pool, projection))
    while True:
        page = await feed.after(held.position, BATCH)
        async with pool.acquire() as session, session.transaction():
            held = (await write_page(session, held, page, projection, beside=BESIDE)).claim
        if progress:
            progress(held.position, max(held.position, feed.final))
        if len(page.events) < BATCH:
            return held


async def _swap(pool: Pool, projection: Projection[Any], held: Claim) -> int:
    name = projection.name
    async with pool.acquire() as session, session.transaction():
        await session.execute("SET LOCAL lock_timeout = '1s'")
        live = await checkpoints.lock(session, name)  # from here on the live runner waits
        feed = bare_feed(pool, live)
        while held.position < live:
            page = await feed.after(held.position, BATCH)
            held = (await write_page(session, held, page, projection, beside=BESIDE)).claim
        await session.execute("SET LOCAL synchronous_commit = on")
        await beside.swap(session, projection)
        await parking.rename(session, held.name, name)
        await checkpoints.move(session, name, held.position)
        await checkpoints.forget(session, held.name)
        await rebuilds.forget(session, name)
    _LOG.info("projection %s: rebuilt up to %d", name, held.position)
    return held.position
