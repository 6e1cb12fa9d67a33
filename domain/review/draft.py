"""Writing a proposal down and changing it while it is a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.errors import InvalidValueError
from domain.pricing.documents import promotion_document, promotion_from
from domain.pricing.promotion import Lane, Promotion
from domain.review.content import Content, NewPromotion
from domain.review.errors import OnlyDraftCanBeEditedError
from domain.review.events import ProposalDrafted, ProposalEdited
from domain.review.proposal import PriceProposal
from domain.review.status import ProposalStatus

LONGEST_TEXT = 1_000
# A promotion's own document has these too; here they are the proposal's.
SET_BY_PROPOSAL = frozenset({"id", "merchant_id", "starts_at", "ends_at", "version", "has_quota"})


@dataclass(frozen=True, slots=True)
class Window:
    """When something is meant to hold: from its start until just before its end, or for good."""

    starts_at: datetime
    ends_at: datetime | None


def draft_proposal(
    proposal_id: str, merchant_id: str | None, content: Content, comment: str, *, by: str, at: datetime
) -> ProposalDrafted:
    """Propose. Raises `InvalidValueError`."""
    _check_text(comment)
    return ProposalDrafted(
        proposal_id=proposal_id,
        merchant_id=merchant_id,
        content=content,
        comment=comment,
        by=by,
        drafted_at=at,
    )


def edit_proposal(
    proposal: PriceProposal, content: Content, comment: str, *, by: str, at: datetime
) -> ProposalEdited:
    """Say something else. Raises `OnlyDraftCanBeEditedError`, `InvalidValueError`."""
    if proposal.status is not ProposalStatus.DRAFT:
        raise OnlyDraftCanBeEditedError(current=proposal.status.value)
    _check_text(comment)
    return ProposalEdited(content=content, comment=comment, by=by, edited_at=at)


def promotion_id_of(proposal_id: str) -> str:
    """The id of the promotion that a proposal makes: one of its own, so that none replaces another."""
    return "promo_" + proposal_id.partition("_")[2]


def new_promotion(
    proposal_id: str,
    merchant_id: str | None,
    terms: Mapping[str, Any],
    quotas: Mapping[str, int],
    window: Window,
) -> NewPromotion:
    """A promotion out of its document, without what the proposal says itself (`SET_BY_PROPOSAL`).

    Raises `InvalidValueError` and `UnknownPromotionKindError`.
    """
    given = SET_BY_PROPOSAL & terms.keys()
    if given:
        raise InvalidValueError(field=f"promotion.{min(given)}", rule="set by the proposal")
    if window.ends_at is None:
        raise InvalidValueError(field="ends_at", rule="needed for a promotion")
    own = {
        "id": promotion_id_of(proposal_id),
        "merchant_id": merchant_id,
        "starts_at": window.starts_at.isoformat(),
        "ends_at": window.ends_at.isoformat(),
        "has_quota": bool(quotas),
        "version": 1,
    }
    promotion = promotion_from({**terms, **own})
    _check_scope(promotion, quotas)
    return NewPromotion(promotion.kind, promotion_document(promotion), promotion.skus, dict(quotas))


def _check_scope(promotion: Promotion, quotas: Mapping[str, int]) -> None:
    if promotion.lane is Lane.PLATFORM and promotion.merchant_id is not None:
        raise InvalidValueError(field="promotion.kind", rule="only the platform itself may propose it")
    if any(units < 0 for units in quotas.values()):
        raise InvalidValueError(field="quotas", rule="not negative")
    if promotion.skus is not None and not promotion.skus.issuperset(quotas):
        raise InvalidValueError(field="quotas", rule="only for SKUs of the promotion")


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise InvalidValueError(field="comment", rule=f"at most {LONGEST_TEXT} characters")
