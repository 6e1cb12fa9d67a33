"""A proposal as its events made it. Deciding is in the files named after what is decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.order.errors import IllegalEventError
from domain.review.content import Content
from domain.review.errors import OnlyDraftCanBeEditedError
from domain.review.events import (
    ProposalActivated,
    ProposalApproved,
    ProposalBroughtForward,
    ProposalDrafted,
    ProposalEdited,
    ProposalEvent,
    ProposalRejected,
    ProposalSubmitted,
    ProposalWithdrawn,
    moment_of,
)
from domain.review.status import ProposalStatus, check_step


@dataclass(frozen=True, slots=True)
class Step:
    """Who brought it into a state and when, with their comment or reason."""

    status: ProposalStatus
    by: str
    at: datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class PriceProposal:
    """An immutable state of a proposal; `version` is the number of events behind it.

    `steps` are the states that it went through, the newest last. `authors` are those who wrote or submitted
    it. `starts_at` is when it holds from: as proposed, or sooner, or later when it was late.
    """

    id: str
    merchant_id: str | None
    content: Content
    comment: str
    authors: frozenset[str]
    steps: tuple[Step, ...]
    starts_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @property
    def status(self) -> ProposalStatus:
        """Where it stands."""
        return self.steps[-1].status

    def step(self, status: ProposalStatus) -> Step | None:
        """Who brought it into that state, None when nobody did."""
        return next((step for step in self.steps if step.status is status), None)

    def apply(self, event: ProposalEvent) -> PriceProposal:
        """The state after `event`. Raises `DomainError` when it cannot follow, and changes nothing."""
        return replace(self._after(event), version=self.version + 1, updated_at=moment_of(event))

    def _after(self, event: ProposalEvent) -> PriceProposal:
        match event:
            case ProposalDrafted():
                raise IllegalEventError(event="ProposalDrafted", status=self.status.value)
            case ProposalEdited():
                return self._edited(event)
            case ProposalSubmitted():
                submitted = self._become(ProposalStatus.PENDING_REVIEW, event)
                return replace(submitted, authors=self.authors | {event.by})
            case ProposalApproved():
                return self._become(ProposalStatus.APPROVED, event, event.comment)
            case ProposalRejected():
                return self._become(ProposalStatus.REJECTED, event, event.reason)
            case ProposalWithdrawn():
                return self._become(ProposalStatus.WITHDRAWN, event, event.reason)
            case ProposalBroughtForward():
                check_step(self.status, ProposalStatus.ACTIVE)
                return replace(self, starts_at=event.starts_at)
            case ProposalActivated():
                return replace(self._become(ProposalStatus.ACTIVE, event), starts_at=event.starts_at)
            case _:
                return self._become(ProposalStatus.EXPIRED, event)

    def _edited(self, event: ProposalEdited) -> PriceProposal:
        if self.status is not ProposalStatus.DRAFT:
            raise OnlyDraftCanBeEditedError(current=self.status.value)
        return replace(
            self,
            content=event.content,
            comment=event.comment,
            authors=self.authors | {event.by},
            starts_at=event.content.starts_at,
        )

    def _become(self, wanted: ProposalStatus, event: ProposalEvent, words: str = "") -> PriceProposal:
        check_step(self.status, wanted)
        return replace(self, steps=(*self.steps, Step(wanted, event.by, moment_of(event), words)))


def drafted(event: ProposalDrafted) -> PriceProposal:
    """The first state of a proposal."""
    return PriceProposal(
        id=event.proposal_id,
        merchant_id=event.merchant_id,
        content=event.content,
        comment=event.comment,
        authors=frozenset({event.by}),
        steps=(Step(ProposalStatus.DRAFT, event.by, event.drafted_at, event.comment),),
        starts_at=event.content.starts_at,
        created_at=event.drafted_at,
        updated_at=event.drafted_at,
    )


def fold(events: Iterable[ProposalEvent], onto: PriceProposal | None = None) -> PriceProposal:
    """The state after all `events`, later than `onto` or from the start. Raises `IllegalEventError`."""
    proposal = onto
    for event in events:
        if proposal is not None:
            proposal = proposal.apply(event)
        elif isinstance(event, ProposalDrafted):
            proposal = drafted(event)
        else:
            raise IllegalEventError(event=type(event).__name__, status="none")
    if proposal is None:
        raise IllegalEventError(event="none", status="none")
    return proposal
