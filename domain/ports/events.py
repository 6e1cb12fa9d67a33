"""The event store and its feed. Streams are append-only; the store answers, it never decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.errors import DomainError
from domain.events import EventMetadata, EventRecord, JsonObject, StoredEvent

# The protobuf of an event from its type, schema version and data; None when its type has no message.
EncodeBody = Callable[[str, int, JsonObject], bytes | None]


class VersionConflictError(DomainError):
    """Somebody else wrote to the stream first; read again and decide again."""

    code = "version_conflict"


class CommandKeyReusedError(DomainError):
    """The same command key came with other events."""

    code = "command_key_reused"


@dataclass(frozen=True, slots=True)
class Appended:
    """The events are in the stream; `repeated` tells that they were there already.

    `version` is that of the last of them, which a repeat finds behind the head when others came later.
    """

    version: int
    positions: tuple[int, ...]
    repeated: bool = False


class EventStore(Protocol):
    """Appends batches whole or not at all."""

    async def append(
        self,
        stream_id: str,
        expected_version: int,
        command_key: str,
        events: Sequence[EventRecord],
        metadata: EventMetadata,
    ) -> Appended:
        """Append after `expected_version` (0 for a new stream), once per `command_key`.

        A repeat with equal events answers what the first append did, with `repeated=True`, and writes
        nothing. Raises `VersionConflictError` and `CommandKeyReusedError`. `occurred_at` takes part in
        the comparison.
        """
        ...

    async def read(self, stream_id: str, *, after: int = 0, limit: int = 10_000) -> Sequence[StoredEvent]:
        """Events of one stream in order, later than version `after`."""
        ...

    async def head(self, stream_id: str) -> int:
        """Version of the newest event, 0 when there is no such stream."""
        ...


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A stretch of the feed. Everything up to `frontier` is final: no event can appear there any more."""

    events: tuple[StoredEvent, ...]
    frontier: int


class EventFeed(Protocol):
    """All events of all streams, by position, gap-free and in stream order."""

    async def after(self, position: int, limit: int) -> FeedPage:
        """The next final events later than `position`, at most `limit`."""
        ...
