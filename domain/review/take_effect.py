"""The life of an approved proposal: it holds from its start, or from now, and ends by time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.errors import InvalidStateTransitionError
from domain.pricing.documents import promotion_from
from domain.pricing.promotion import Promotion
from domain.review.content import NewPromotion
from domain.review.errors import ProposalOutdatedError
from domain.review.events import ProposalActivated, ProposalBroughtForward, ProposalExpired
from domain.review.proposal import PriceProposal
from domain.review.status import ProposalStatus, check_step


def bring_forward(proposal: PriceProposal, by: str, at: datetime) -> ProposalBroughtForward:
    """Have it hold from this moment, before its time.

    A step of its own, so that what the sooner start collides with is found before the price book changes.
    Raises `OnlyApprovedCanBeActivatedError`, `ProposalOutdatedError`.
    """
    _may_hold(proposal, at)
    return ProposalBroughtForward(by=by, starts_at=at, brought_forward_at=at)


def activate(proposal: PriceProposal, by: str, at: datetime) -> ProposalActivated:
    """Have it hold from its start on. What is late holds from now: the past is told as it was.

    Raises `OnlyApprovedCanBeActivatedError`, `ProposalOutdatedError`.
    """
    _may_hold(proposal, at)
    return ProposalActivated(by=by, starts_at=max(proposal.starts_at, at), activated_at=at)


def expire(proposal: PriceProposal, by: str, at: datetime) -> ProposalExpired:
    """Its time is over. Raises `InvalidStateTransitionError` before that, and for what never was approved."""
    check_step(proposal.status, ProposalStatus.EXPIRED)
    if not proposal.content.is_over(at):
        raise InvalidStateTransitionError(current=proposal.status.value, wanted=ProposalStatus.EXPIRED.value)
    return ProposalExpired(by=by, expired_at=at)


def promotion_of(new: NewPromotion, starts_at: datetime) -> Promotion:
    """The promotion, holding from `starts_at`. Raises `UnknownPromotionKindError` when its kind is gone."""
    return replace(promotion_from(new.document), starts_at=starts_at)


def _may_hold(proposal: PriceProposal, at: datetime) -> None:
    check_step(proposal.status, ProposalStatus.ACTIVE)
    if proposal.content.is_over(at):
        raise ProposalOutdatedError(ended_at=proposal.content.ends_at)
