"""Rules of the review that can be broken, one class each; the words are those of requirement B24."""

from __future__ import annotations

from domain.errors import DomainError, InvalidStateTransitionError


class ProposalNotFoundError(DomainError):
    """No proposal of this id, or not one that the caller may see."""

    code = "proposal_not_found"


class OnlyDraftCanBeEditedError(InvalidStateTransitionError):
    """What was submitted stays as the reviewer sees it."""

    code = "only_draft_can_be_edited"


class OnlyDraftCanBeSubmittedError(InvalidStateTransitionError):
    """Only draft pricing can be submitted for review."""

    code = "only_draft_can_be_submitted"


class OnlyPendingCanBeReviewedError(InvalidStateTransitionError):
    """Only pending pricing can be approved or rejected."""

    code = "only_pending_can_be_reviewed"


class OnlyApprovedCanBeActivatedError(InvalidStateTransitionError):
    """Only an approved price can be activated."""

    code = "only_approved_can_be_activated"


class OnlyOpenCanBeWithdrawnError(InvalidStateTransitionError):
    """Only what nobody has decided on yet can be withdrawn."""

    code = "only_open_can_be_withdrawn"


class SubmitterCannotApproveError(DomainError):
    """Who wrote or submitted a proposal cannot approve it: two pairs of eyes."""

    code = "submitter_cannot_approve"


class ProposalOutdatedError(DomainError):
    """The time that it was meant for is over."""

    code = "proposal_outdated"


class PromotionTypeExistsError(DomainError):
    """The same seller already has a promotion of this kind for one of these SKUs at that time (B13)."""

    code = "promotion_type_exists"


class ProposalChangedError(DomainError):
    """It is no longer at the version that the caller has seen."""

    code = "proposal_changed"
