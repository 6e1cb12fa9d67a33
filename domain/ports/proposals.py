"""Proposals under review: their streams, and one row each for lists. Who may see them is no matter here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.events import EventMetadata, StoredEvent
from domain.ports.events import Appended
from domain.review.events import ProposalEvent
from domain.review.proposal import PriceProposal
from domain.review.status import ProposalStatus


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    """What a list is narrowed to; None does not narrow."""

    status: ProposalStatus | None = None
    merchant_id: str | None = None


@dataclass(frozen=True, slots=True)
class ProposalCursor:
    """Where a page ended: creation time and id of its last proposal."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """Newest proposals first, ties by id. `next` is where to go on, None on the last page."""

    proposals: tuple[PriceProposal, ...]
    next: ProposalCursor | None


@dataclass(frozen=True, slots=True)
class Command:
    """What made events: its key, unique in the stream, and who and why."""

    key: str
    metadata: EventMetadata


class Proposals(Protocol):
    """Each proposal's stream `price:{id}` in the event store, and its row, written in one transaction."""

    async def save(
        self,
        proposal: PriceProposal,
        expected_version: int,
        events: Sequence[ProposalEvent],
        command: Command,
    ) -> Appended:
        """Append `events` after `expected_version` (0 for a new one); `proposal` is the state after them.

        Raises `VersionConflictError`, `CommandKeyReusedError` like the event store, and
        `PromotionTypeExistsError` when the proposal claims a kind of promotion for SKUs and a time for which
        the same merchant has another one under review or in force. Any number may save at once.
        """
        ...

    async def get(self, proposal_id: str) -> PriceProposal | None:
        """The proposal as its newest event left it, or None."""
        ...

    async def events(self, proposal_id: str, *, after: int = 0, limit: int = 1_000) -> Sequence[StoredEvent]:
        """What happened to it, in order, later than version `after`."""
        ...

    async def list(
        self, narrowed: ProposalFilter, cursor: ProposalCursor | None = None, limit: int = 20
    ) -> ProposalPage:
        """A page of at most `limit` proposals after `cursor`. Raises `InvalidValueError` outside 1..100."""
        ...

    async def due(self, starts_by: datetime, now: datetime, limit: int) -> Sequence[PriceProposal]:
        """Approved ones that start at `starts_by` or before, and approved or active ones that have ended by
        `now`; those that were to start first come first.
        """
        ...


def stream_of(proposal_id: str) -> str:
    """The name of a proposal's stream."""
    return f"price:{proposal_id}"
