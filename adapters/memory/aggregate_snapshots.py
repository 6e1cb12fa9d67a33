"""Snapshots of aggregates in memory, for tests and examples. Nothing survives the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ports.aggregate_snapshots import MOST_OF_A_STREAM, AggregateSnapshot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class MemoryAggregateSnapshots:
    """`domain.ports.aggregate_snapshots.AggregateSnapshots` in a dictionary by stream and version."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], AggregateSnapshot] = {}

    async def newest(
        self, stream_id: str, *, until: int | None = None, before: datetime | None = None
    ) -> AggregateSnapshot | None:
        """See the port."""
        fitting = (
            snapshot
            for snapshot in self._of(stream_id)
            if (until is None or snapshot.version <= until) and (before is None or snapshot.taken_at < before)
        )
        return next(fitting, None)

    async def page(
        self, after: tuple[str, int] | None = None, limit: int = 100
    ) -> Sequence[AggregateSnapshot]:
        """See the port."""
        later = sorted(place for place in self._kept if after is None or place > after)
        return tuple(self._kept[place] for place in later[:limit])

    async def keep(self, snapshot: AggregateSnapshot) -> None:
        """See the port."""
        self._kept[snapshot.stream_id, snapshot.version] = snapshot
        for old in self._of(snapshot.stream_id)[MOST_OF_A_STREAM:]:
            del self._kept[old.stream_id, old.version]

    async def drop(self, stream_id: str | None = None) -> int:
        """See the port."""
        gone = [place for place in self._kept if stream_id is None or place[0] == stream_id]
        for place in gone:
            del self._kept[place]
        return len(gone)

    def _of(self, stream_id: str) -> list[AggregateSnapshot]:
        versions = sorted((version for stream, version in self._kept if stream == stream_id), reverse=True)
        return [self._kept[stream_id, version] for version in versions]
