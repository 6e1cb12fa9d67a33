"""Proposals in memory, for tests and examples, over the memory event store. Single-threaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ports.projections import check_limit
from domain.ports.proposals import ProposalCursor, ProposalPage, stream_of
from domain.review.encoding import encode
from domain.review.errors import PromotionTypeExistsError
from domain.review.status import AWAITING_TIME, CLAIMING, ProposalStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.events import StoredEvent
    from domain.ports.events import Appended, EventStore
    from domain.ports.proposals import Command, ProposalFilter
    from domain.review.events import ProposalEvent
    from domain.review.proposal import PriceProposal


class MemoryProposals:
    """`domain.ports.proposals.Proposals` in one dictionary, with events in `store`."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._rows: dict[str, PriceProposal] = {}

    async def save(
        self,
        proposal: PriceProposal,
        expected_version: int,
        events: Sequence[ProposalEvent],
        command: Command,
    ) -> Appended:
        """See the port."""
        stream = stream_of(proposal.id)
        known = await self._store.read(stream)
        repeated = any(event.command_key == command.key for event in known)
        if not repeated and len(known) == expected_version:
            self._check_rivals(proposal)
        appended = await self._store.append(
            stream, expected_version, command.key, [encode(event) for event in events], command.metadata
        )
        if not appended.repeated:
            self._rows[proposal.id] = proposal
        return appended

    async def get(self, proposal_id: str) -> PriceProposal | None:
        """See the port."""
        return self._rows.get(proposal_id)

    async def events(self, proposal_id: str, *, after: int = 0, limit: int = 1_000) -> Sequence[StoredEvent]:
        """See the port."""
        return await self._store.read(stream_of(proposal_id), after=after, limit=limit)

    async def list(
        self, narrowed: ProposalFilter, cursor: ProposalCursor | None = None, limit: int = 20
    ) -> ProposalPage:
        """See the port."""
        check_limit(limit)
        fitting = sorted(
            (row for row in self._rows.values() if _fits(row, narrowed)),
            key=lambda row: (-row.created_at.timestamp(), row.id),
        )
        rest = [row for row in fitting if cursor is None or _is_after(row, cursor)]
        found = tuple(rest[:limit])
        more = len(rest) > limit
        return ProposalPage(found, ProposalCursor(found[-1].created_at, found[-1].id) if more else None)

    async def due(self, starts_by: datetime, now: datetime, limit: int) -> Sequence[PriceProposal]:
        """See the port."""
        waiting = [row for row in self._rows.values() if row.status in AWAITING_TIME]
        found = [
            row
            for row in waiting
            if row.content.is_over(now)
            or (row.status is ProposalStatus.APPROVED and row.starts_at <= starts_by)
        ]
        return tuple(sorted(found, key=lambda row: (row.starts_at, row.id))[:limit])

    def _check_rivals(self, proposal: PriceProposal) -> None:
        rivals = [row.id for row in self._rows.values() if _are_rivals(row, proposal)]
        new = proposal.content.promotion
        if rivals and new is not None:
            raise PromotionTypeExistsError(kind=new.kind, proposal_id=min(rivals))


def _are_rivals(one: PriceProposal, other: PriceProposal) -> bool:
    ours, theirs = one.content.promotion, other.content.promotion
    if ours is None or theirs is None or one.id == other.id:
        return False
    if (one.merchant_id, ours.kind) != (other.merchant_id, theirs.kind):
        return False
    if not {one.status, other.status} <= CLAIMING:
        return False
    meet = ours.skus is None or theirs.skus is None or not ours.skus.isdisjoint(theirs.skus)
    ends, others_end = one.content.ends_at, other.content.ends_at
    assert ends is not None  # promotions end
    assert others_end is not None
    return meet and one.starts_at < others_end and other.starts_at < ends


def _starts(row: PriceProposal, by: datetime) -> bool:
    return row.status is ProposalStatus.APPROVED and row.starts_at <= by


def _fits(row: PriceProposal, narrowed: ProposalFilter) -> bool:
    return (narrowed.status is None or row.status is narrowed.status) and (
        narrowed.merchant_id is None or row.merchant_id == narrowed.merchant_id
    )


def _is_after(row: PriceProposal, cursor: ProposalCursor) -> bool:
    at = cursor.created_at
    return row.created_at < at or (row.created_at == at and row.id > cursor.id)
