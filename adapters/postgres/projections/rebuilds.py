"""What a rebuild remembers, so that it goes on after it was killed: where it is, and by which release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from adapters.postgres.pool import Session

_FOUND: Final = """
SELECT name, release, goal, after_stream, events, loaded FROM projection_rebuilds WHERE name = $1
"""
_BEGIN: Final = """
INSERT INTO projection_rebuilds (name, release, goal, after_stream, events, loaded)
VALUES ($1, $2, $3, '', 0, false)
ON CONFLICT (name) DO UPDATE SET release = excluded.release, goal = excluded.goal, after_stream = '',
    events = 0, loaded = false, begun_at = clock_timestamp()
"""
_KEEP: Final = """
UPDATE projection_rebuilds SET after_stream = $2, events = $3, loaded = $4 WHERE name = $1
"""
_FORGET: Final = "DELETE FROM projection_rebuilds WHERE name = $1"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Streams up to `after_stream` are in the new tables as they stood at position `goal`: `events` so far.

    Once all streams are, it is `loaded`, and what came after `goal` follows by position.
    """

    name: str
    release: str
    goal: int
    after_stream: str = ""
    events: int = 0
    loaded: bool = False

    def after(self, stream: str, events: int) -> Rebuild:
        """The same, some streams later."""
        return replace(self, after_stream=stream, events=self.events + events)


def this_release() -> str:
    """Rows of another release may have another shape, so a rebuild never goes on with those."""
    return version("orderkeep")


async def found(session: Session, name: str) -> Rebuild | None:
    """The unfinished rebuild of that projection, or None."""
    row = await session.fetchrow(_FOUND, name)
    return Rebuild(**row) if row else None


async def begin(session: Session, name: str, goal: int) -> Rebuild:
    """Write down that a rebuild begins; what was known of an earlier one is gone."""
    await session.execute(_BEGIN, name, this_release(), goal)
    return Rebuild(name, this_release(), goal)


async def keep(session: Session, now: Rebuild) -> None:
    """Write down how far it is."""
    await session.execute(_KEEP, now.name, now.after_stream, now.events, now.loaded)


async def forget(session: Session, name: str) -> None:
    """It is finished."""
    await session.execute(_FORGET, name)
