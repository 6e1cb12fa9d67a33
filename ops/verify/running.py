"""Runs all checks over one database, read-only. Streams are read once, in one snapshot of the database."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.postgres.event_audit import events_of, links_at, orphans, stream_heads
from adapters.postgres.pool import open_reading_pool
from ops.verify import derived
from ops.verify.anchors import AnchorWriter, anchors_in, writing
from ops.verify.stream import StreamCheck, StreamTallies
from ops.verify.tally import UNREADABLE, Tally

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from adapters.postgres.event_audit import StreamHead
    from adapters.postgres.pool import Pool, Session

_MOST: Final = 1_000
_LONG_LOOK: Final = "SET LOCAL idle_in_transaction_session_timeout = '10min'"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to verify: everything, or the events of one `stream`.

    `against` is an anchor file of an earlier run, `write_anchor` where to put one of this run.
    """

    stream: str | None = None
    against: Path | None = None
    write_anchor: Path | None = None


async def verify(
    database_url: str, wanted: Wanted | None = None, progress: Callable[[str], None] | None = None
) -> list[Tally]:
    """A tally for each check. Raises `AnchorUnreadError`. `progress` hears what is looked at.

    An anchor is written only when nothing is wrong.
    """
    wanted, tell = wanted or Wanted(), progress or (lambda _said: None)
    pool = await open_reading_pool(database_url, application="orderkeep verify")
    try:
        return await _verify(pool, wanted, tell)
    finally:
        await pool.close()


async def _verify(pool: Pool, wanted: Wanted, tell: Callable[[str], None]) -> list[Tally]:
    tallies: list[Tally] = []
    with _anchor(wanted.write_anchor) as writer:
        tallies += await _streams(pool, wanted, writer, tell)
        if wanted.stream is None:
            for check in derived.ALL:
                tell(check.__name__)
                tallies.append(await _checked(check, pool))
        if writer is not None:
            writer.is_wanted = not any(tally.wrong for tally in tallies)
    return tallies


async def _checked(check: Callable[[Pool], Awaitable[Tally]], pool: Pool) -> Tally:
    try:
        return await check(pool)
    except UNREADABLE as error:  # what somebody has planted may look like anything
        tally = Tally(check.__name__, "can be checked", "tries", counted=1)
        tally.find(type(error).__name__, str(error))
        return tally


def _anchor(path: Path | None) -> AbstractContextManager[AnchorWriter | None]:
    return writing(path) if path else nullcontext()


async def _streams(
    pool: Pool, wanted: Wanted, writer: AnchorWriter | None, tell: Callable[[str], None]
) -> Sequence[Tally]:
    found = StreamTallies()
    anchored = Tally("anchor", "no stream was rewritten since the anchor was taken", "streams")
    async with pool.acquire() as session, session.transaction(isolation="repeatable_read", readonly=True):
        await session.execute(_LONG_LOOK)
        async for heads in stream_heads(session, wanted.stream):
            await _page(session, heads, found, writer)
            tell(f"{found.heads.counted} streams, {found.chain.counted} events")
        for stream_id in await orphans(session, wanted.stream, _MOST):
            found.heads.find(stream_id, "has events and no head")
        if wanted.stream is not None and not (found.heads.counted or found.heads.wrong):
            found.heads.find(wanted.stream, "there is no such stream")
        if wanted.against is None:
            return found.all
        await _compare(session, wanted.against, wanted.stream, anchored)
    return (*found.all, anchored)


async def _page(
    session: Session, heads: Sequence[StreamHead], found: StreamTallies, writer: AnchorWriter | None
) -> None:
    checks = {head.stream_id: StreamCheck(head, found) for head in heads}
    async for event, says_more in events_of(session, list(checks)):
        checks[event.stream_id].event(event, says_more=says_more)
    for head in heads:
        checks[head.stream_id].end()
        if writer is not None:
            writer.add(head.stream_id, head.version, head.link)


async def _compare(session: Session, path: Path, only: str | None, tally: Tally) -> None:
    for batch in anchors_in(path):
        asked = [anchor for anchor in batch if only in (None, anchor[0])]
        stored = await links_at(session, [(stream_id, version) for stream_id, version, _ in asked])
        tally.count(len(asked))
        for stream_id, version, link in asked:
            known = stored.get((stream_id, version))
            if known is None:
                tally.find(stream_id, f"version {version} was there and is gone")
            elif known.hex() != link:
                tally.find(stream_id, f"was rewritten: another history up to version {version}")
