"""Builds the projection anew from the first event, beside the live tables, and swaps it in at once.

The live tables are read and written meanwhile. Nothing leaves the database: no cache, no alerts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import asyncpg

from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections import checkpoints, parking
from adapters.postgres.projections.batch import write_page
from adapters.postgres.projections.orders import BESIDE, NAME, TABLES
from domain.errors import DomainError

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool, Session
    from adapters.postgres.projections.checkpoints import Claim

_LOG = logging.getLogger(__name__)
BATCH: Final = 5_000
_SWAP_TRIES: Final = 5
Progress = Callable[[int, int], None]


class RebuildRunningError(DomainError):
    """Somebody else is rebuilding this projection."""

    code = "rebuild_running"


async def rebuild(pool: Pool, owner: str, *, progress: Progress | None = None, name: str = NAME) -> int:
    """Rebuild and swap; the position that the new tables have reached.

    `progress` hears the position reached and the one to reach. A rebuild that was interrupted starts
    again from the first event. Raises `RebuildRunningError`.
    """
    feed = PostgresEventFeed(pool)
    held = await _begin(pool, f"{name}:rebuild", owner)
    held = await _catch_up(pool, feed, held, progress)
    for left in reversed(range(_SWAP_TRIES)):
        try:
            return await _swap(pool, feed, held, name)
        except asyncpg.LockNotAvailableError:  # somebody reads for long; do not make all others queue
            if not left:
                raise
            held = await _catch_up(pool, feed, held, progress)
    raise AssertionError  # the last try has returned or raised


async def _begin(pool: Pool, name: str, owner: str) -> Claim:
    async with pool.acquire() as session, session.transaction():
        held = await checkpoints.claim(session, name, owner)
        if held is None:
            raise RebuildRunningError(projection=name)
        for table in TABLES:
            await session.execute(f"DROP TABLE IF EXISTS {table}{BESIDE}")
            await session.execute(f"CREATE TABLE {table}{BESIDE} (LIKE {table} INCLUDING ALL)")
        await parking.take_out(session, name, None)
        return await checkpoints.advance(session, held, 0)


async def _catch_up(
    pool: Pool, feed: PostgresEventFeed, held: Claim, progress: Progress | None = None
) -> Claim:
    while True:
        page = await feed.after(held.position, BATCH)
        async with pool.acquire() as session, session.transaction():
            held = (await write_page(session, held, page, BESIDE)).claim
        if progress:
            progress(held.position, max(held.position, feed.final))
        if len(page.events) < BATCH:
            return held


async def _swap(pool: Pool, feed: PostgresEventFeed, held: Claim, name: str) -> int:
    async with pool.acquire() as session, session.transaction():
        await session.execute("SET LOCAL lock_timeout = '1s'")
        live = await checkpoints.lock(session, name)  # from here on the live runner waits
        while held.position < live:
            page = await feed.after(held.position, BATCH)
            held = (await write_page(session, held, page, BESIDE)).claim
        await _rename(session)
        await parking.rename(session, held.name, name)
        await checkpoints.move(session, name, held.position)
        await checkpoints.forget(session, held.name)
    _LOG.info("projection %s: rebuilt up to %d", name, held.position)
    return held.position


async def _rename(session: Session) -> None:
    for table in TABLES:
        await session.execute(f"DROP TABLE {table}")
        await session.execute(f"ALTER TABLE {table}{BESIDE} RENAME TO {table}")
