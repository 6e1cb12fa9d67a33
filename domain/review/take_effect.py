"""The life of an approved proposal: it holds from its start, or from now, and ends by time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.errors import InvalidStateTransitionError
from domain.pricing.documents import promotion_from
from domain.pricing.promotion import Promotion
from domain.review.content import NewPromotion
from domain.review.errors import ProposalOutdatedError
from domain.review.events import ProposalActivated, ProposalExpired
from domain.review.proposal import PriceProposal
from domain.review.status import ProposalStatus, check_step


def activate_now(proposal: PriceProposal, by: str, at: datetime) -> ProposalActivated:
    """Have it hold from this moment, also before its time.

    Raises `OnlyApprovedCanBeActivatedError`, `ProposalOutdatedError`.
    """
    return _activated(proposal, by, at, at)


def activate_when_due(proposal: PriceProposal, by: str, at: datetime) -> ProposalActivated:
    """Have it hold from its start. What is late holds from now: the past is told as it was.

    Raises like `activate_now`.
    """
    return _activated(proposal, by, max(proposal.content.starts_at, at), at)


def expire(proposal: PriceProposal, by: str, at: datetime) -> ProposalExpired:
    """Its time is over. Raises `InvalidStateTransitionError` before that, and for what never was approved."""
    check_step(proposal.status, ProposalStatus.EXPIRED)
    if not proposal.content.is_over(at):
        raise InvalidStateTransitionError(current=proposal.status.value, wanted=ProposalStatus.EXPIRED.value)
    return ProposalExpired(by=by, expired_at=at)


def promotion_of(new: NewPromotion, starts_at: datetime) -> Promotion:
    """The promotion, holding from `starts_at`. Raises `UnknownPromotionKindError` when its kind is gone."""
    return replace(promotion_from(new.document), starts_at=starts_at)


def _activated(proposal: PriceProposal, by: str, starts_at: datetime, at: datetime) -> ProposalActivated:
    check_step(proposal.status, ProposalStatus.ACTIVE)
    if proposal.content.is_over(starts_at):
        raise ProposalOutdatedError(ended_at=proposal.content.ends_at)
    return ProposalActivated(by=by, starts_at=starts_at, activated_at=at)
