"""States of streams now and as they were, by snapshots and later events (requirement A37). Decides nothing.

Snapshots are read and kept here and nowhere else, always beside the append and never as a part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Generic, TypeVar

from domain.errors import DomainError
from domain.events import StoredEvent
from domain.history.aggregates import Aggregate, Told
from domain.history.errors import NotYetThereError, VersionNotReachedError
from domain.history.policies import FEWEST_EVENTS, WORTH_KEEPING, SnapshotPolicy
from domain.ports.aggregate_snapshots import MOST_OF_A_STREAM, AggregateSnapshot, AggregateSnapshots
from domain.ports.events import EventStore

S = TypeVar("S")
SHOWN_TO = timedelta(milliseconds=1)  # a moment as it is shown includes what happened in it
_PAGE = 1_000


@dataclass(frozen=True)
class Histories(Generic[S]):
    """The past of one kind of stream. A snapshot that is damaged or of another release costs time only.

    None is looked for where `short` says that folding takes no longer, in events.
    """

    kind: Aggregate[S]
    events: EventStore
    snapshots: AggregateSnapshots
    policy: SnapshotPolicy = WORTH_KEEPING
    short: int = FEWEST_EVENTS

    async def current(self, stream_id: str, head: int | None = None) -> Told[S] | None:
        """The state now, None without events. `head` is a version that it has reached, if somebody knows;
        else the first events are read to see whether there are more than a few.
        """
        if head is None:
            first = await self.events.read(stream_id, limit=self.short)
            if len(first) < self.short:
                return self.kind.after(None, first)
        short = head is not None and head < self.short
        return await self._told(stream_id, None if short else await self._begun(stream_id))

    async def at_version(self, stream_id: str, version: int) -> Told[S] | None:
        """The state at that version, None without events. Raises `VersionNotReachedError`."""
        begun = None if version < self.short else await self._begun(stream_id, until=version)
        told = await self._told(stream_id, begun, until=version)
        if told is not None and told.version < version:
            raise VersionNotReachedError(version=version, head=told.version)
        return told

    async def at_time(self, stream_id: str, moment: datetime) -> Told[S] | None:
        """The state as it was known at that moment, None without events. Raises `NotYetThereError`."""
        begun = await self._begun(stream_id, before=_end_of(moment))
        told = await self._told(stream_id, begun, at=moment)
        if told is None:
            for first in await self.events.read(stream_id, limit=1):
                raise NotYetThereError(began_at=first.recorded_at)
        return told

    def is_worth_keeping(self, told: Told[S]) -> bool:
        """True when it has gone on far enough since its snapshot, as the policy says."""
        growth = told.growth
        return growth.events > 0 and self.policy.is_satisfied_by(growth)

    async def keep(self, told: Told[S]) -> None:
        """Keep it as a snapshot. Call it where nobody waits."""
        await self.snapshots.keep(self.kind.snapshot(told))

    async def problem_of(self, snapshot: AggregateSnapshot) -> str | None:
        """What a snapshot says that its stream does not; None for a true one, and for one of another kind or
        release.
        """
        said, version = self.kind.opened(snapshot), snapshot.version
        if said is None:
            return "cannot be read" if self.kind.form.is_of_today(snapshot) else None
        told = await self._read_on(snapshot.stream_id, None, until=version)
        if told is None or told.version < version:
            return f"the stream ends at version {told.version if told else 0}"
        if told.state != said.state:
            return "another state than the events give"
        return None if told.recorded_at == said.recorded_at else "another time than the newest event's"

    async def _begun(
        self, stream_id: str, *, until: int | None = None, before: datetime | None = None
    ) -> Told[S] | None:
        """The newest usable snapshot, opened."""
        for _ in range(MOST_OF_A_STREAM):
            snapshot = await self.snapshots.newest(stream_id, until=until, before=before)
            begun = self.kind.opened(snapshot)
            if snapshot is None or begun is not None:
                return begun
            until = snapshot.version - 1
        return None

    async def _told(
        self, stream_id: str, begun: Told[S] | None, *, until: int | None = None, at: datetime | None = None
    ) -> Told[S] | None:
        try:
            return await self._read_on(stream_id, begun, until=until, at=at)
        except DomainError:
            if begun is None:
                raise
            # What follows does not fit to the snapshot: the stream knows better.
            return await self._read_on(stream_id, None, until=until, at=at)

    async def _read_on(
        self, stream_id: str, told: Told[S] | None, *, until: int | None = None, at: datetime | None = None
    ) -> Told[S] | None:
        while True:
            after = told.version if told else 0
            wanted = _PAGE if until is None else min(_PAGE, until - after)
            page = await self.events.read(stream_id, after=after, limit=wanted) if wanted else ()
            told = self.kind.after(told, known := tuple(takewhile(lambda event: _was_known(event, at), page)))
            if len(known) < _PAGE:
                return told


def _end_of(moment: datetime) -> datetime:
    try:
        return moment + SHOWN_TO
    except OverflowError:  # the last millisecond of the calendar
        return moment


def _was_known(event: StoredEvent, at: datetime | None) -> bool:
    return at is None or event.recorded_at - at < SHOWN_TO
