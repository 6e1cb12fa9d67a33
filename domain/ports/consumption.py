"""What consumers of events have taken and what they could not; versions make repeats and gaps visible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.errors import DomainError
from domain.order.events import OrderEvent
from domain.ports.brokers import Message


class EffectFailedError(DomainError):
    """The effect of some events could not be made, and nothing of the batch was; `reason` says why."""

    code = "effect_failed"


@dataclass(frozen=True, slots=True)
class HeardEvent:
    """A message whose event is known by its place: version `version` of its stream.

    `event` is None when the body could not be read; `fault` then says why, and nobody can take it.
    """

    message: Message
    stream_id: str
    version: int
    occurred_at: datetime
    event: OrderEvent | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A message that waits for a person, or for one before it. Without a stream it could not be read at all.

    `number` counts in the order of parking.
    """

    number: int
    message: Message
    error: str
    stream_id: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: how many events had their effect, how many were known, what was parked."""

    applied: int = 0
    repeated: int = 0
    parked: tuple[HeardEvent, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)  # by message id, of what was parked


class ParkedMessages(Protocol):
    """Messages of one consumer that stand aside. They are kept until a person decides."""

    async def set_aside(self, message: Message, error: str, *, forwarded: bool = False) -> None:
        """Keep a message that belongs to no stream, once."""
        ...

    async def parked(self, limit: int = 1_000) -> Sequence[ParkedMessage]:
        """What stands aside, oldest first."""
        ...

    async def to_forward(self, limit: int = 100) -> Sequence[ParkedMessage]:
        """What is not yet in the topic for such messages, oldest first."""
        ...

    async def forwarded(self, numbers: Collection[int]) -> None:
        """These are there now."""
        ...


class Consumption(ParkedMessages, Protocol):
    """What one consumer has taken of each stream: its effect and its version, in one transaction."""

    async def take(self, events: Sequence[HeardEvent], *, park: bool) -> Taken:
        """Make the effect of each event once, in the order of its stream, whole or not at all.

        Versions that were taken are dropped. What comes after a gap is parked until the missing one comes,
        and then taken with it. An event that cannot be taken raises `EffectFailedError` and nothing is
        written; with `park` it is parked instead, and so are all later ones of its stream.
        """
        ...

    async def resume(self, stream_id: str | None = None, *, over_gap: bool = False) -> Sequence[str]:
        """Try what is parked of one stream, or of all, again; the streams that have nothing parked now.

        `over_gap` goes on without what is missing.
        """
        ...

    async def version(self, stream_id: str) -> int:
        """The last version taken of a stream, 0 when none was."""
        ...

    async def totals(self) -> tuple[int, int]:
        """How many streams are known, and how many messages stand aside."""
        ...
