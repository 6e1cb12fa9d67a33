"""Submitting, withdrawing, approving, rejecting: what people decide. Only pending pricing can be reviewed."""

from __future__ import annotations

from datetime import datetime

from domain.errors import InvalidValueError
from domain.review.errors import ProposalOutdatedError, SubmitterCannotApproveError
from domain.review.events import ProposalApproved, ProposalRejected, ProposalSubmitted, ProposalWithdrawn
from domain.review.proposal import PriceProposal
from domain.review.status import ProposalStatus, check_step


def submit(proposal: PriceProposal, by: str, at: datetime) -> ProposalSubmitted:
    """Ask for review. Raises `OnlyDraftCanBeSubmittedError`, `ProposalOutdatedError`."""
    check_step(proposal.status, ProposalStatus.PENDING_REVIEW)
    _must_be_in_time(proposal, at)
    return ProposalSubmitted(by=by, submitted_at=at)


def withdraw(proposal: PriceProposal, by: str, reason: str, at: datetime) -> ProposalWithdrawn:
    """Take it back before anybody has decided. Raises `OnlyOpenCanBeWithdrawnError`."""
    check_step(proposal.status, ProposalStatus.WITHDRAWN)
    return ProposalWithdrawn(by=by, reason=reason, withdrawn_at=at)


def approve(proposal: PriceProposal, by: str, comment: str, at: datetime) -> ProposalApproved:
    """Agree. Raises `OnlyPendingCanBeReviewedError`, `SubmitterCannotApproveError`,
    `ProposalOutdatedError`.
    """
    check_step(proposal.status, ProposalStatus.APPROVED)
    if by in proposal.authors:
        raise SubmitterCannotApproveError(proposal_id=proposal.id)
    _must_be_in_time(proposal, at)
    return ProposalApproved(by=by, comment=comment, approved_at=at)


def reject(proposal: PriceProposal, by: str, reason: str, at: datetime) -> ProposalRejected:
    """Refuse, and say why. Raises `OnlyPendingCanBeReviewedError`, `InvalidValueError` without a reason."""
    check_step(proposal.status, ProposalStatus.REJECTED)
    if not reason.strip():
        raise InvalidValueError(field="reason", rule="not empty")
    return ProposalRejected(by=by, reason=reason, rejected_at=at)


def _must_be_in_time(proposal: PriceProposal, at: datetime) -> None:
    if proposal.content.is_over(at):
        raise ProposalOutdatedError(ended_at=proposal.content.ends_at)
