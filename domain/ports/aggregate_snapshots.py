"""Snapshots of aggregates, so that a long stream need not be folded from its start. Any may be dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AggregateSnapshot:
    """The state of a stream at `version`. `data` is raw JSON of `schema_version`, decoded only when used.

    `type` names the state and the codec of `data`. `taken_at` is when the store took in the newest event
    behind it, so that one clock tells what was known at a time.
    """

    stream_id: str
    version: int
    schema_version: int
    type: str
    data: bytes
    taken_at: datetime


MOST_OF_A_STREAM = 10


class AggregateSnapshots(Protocol):
    """Keeps the newest `MOST_OF_A_STREAM` snapshots of each stream. Nothing depends on them but speed."""

    async def newest(
        self, stream_id: str, *, until: int | None = None, before: datetime | None = None
    ) -> AggregateSnapshot | None:
        """The newest snapshot of the stream, at most at version `until` and taken before that time."""
        ...

    async def page(
        self, after: tuple[str, int] | None = None, limit: int = 100
    ) -> Sequence[AggregateSnapshot]:
        """Snapshots of all streams by stream and version, later than `after`, for whoever checks them."""
        ...

    async def keep(self, snapshot: AggregateSnapshot) -> None:
        """Keep it. One of the same version is there already or replaced; both are the same state."""
        ...

    async def drop(self, stream_id: str | None = None) -> int:
        """Forget those of one stream, or all; how many."""
        ...
