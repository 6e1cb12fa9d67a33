"""What can happen to a proposal, in the past tense. Facts only; `by` is who, free of personal data."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from domain.review.content import Content


@dataclass(frozen=True, slots=True)
class ProposalDrafted:
    """Somebody proposes. `merchant_id` is None for the platform itself."""

    proposal_id: str
    merchant_id: str | None
    content: Content
    comment: str
    by: str
    drafted_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalEdited:
    """The draft says something else now."""

    content: Content
    comment: str
    by: str
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalSubmitted:
    """A reviewer is asked; from here on it stays as it is."""

    by: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalApproved:
    """Somebody else agreed."""

    by: str
    comment: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalRejected:
    """A reviewer refused, and said why."""

    by: str
    reason: str
    rejected_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn:
    """Its side took it back before anybody decided."""

    by: str
    reason: str
    withdrawn_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalBroughtForward:
    """Approved, and wanted sooner: it is to hold from `starts_at` on."""

    by: str
    starts_at: datetime
    brought_forward_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalActivated:
    """It stands in the price book and holds from `starts_at` on."""

    by: str
    starts_at: datetime
    activated_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalExpired:
    """Its time is over."""

    by: str
    expired_at: datetime


ProposalEvent = (
    ProposalDrafted
    | ProposalEdited
    | ProposalSubmitted
    | ProposalApproved
    | ProposalRejected
    | ProposalWithdrawn
    | ProposalBroughtForward
    | ProposalActivated
    | ProposalExpired
)


def moment_of(event: ProposalEvent) -> datetime:
    """When it happened: the last field of every event, which a test makes sure of."""
    moment: datetime = getattr(event, fields(event)[-1].name)
    return moment
