"""The proposal's states and the table of what may follow what (requirements B13, B24). Data only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.errors import InvalidStateTransitionError
from domain.review.errors import (
    OnlyApprovedCanBeActivatedError,
    OnlyDraftCanBeSubmittedError,
    OnlyOpenCanBeWithdrawnError,
    OnlyPendingCanBeReviewedError,
)


class ProposalStatus(StrEnum):
    """Where a proposal stands."""

    DRAFT = "draft"
    PENDING_REVIEW = "pending_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    ACTIVE = "active"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


# Approved reaches expired without having been active when its whole time passed while nothing ran.
TRANSITIONS: Mapping[ProposalStatus, frozenset[ProposalStatus]] = MappingProxyType(
    {
        ProposalStatus.DRAFT: frozenset({ProposalStatus.PENDING_REVIEW, ProposalStatus.WITHDRAWN}),
        ProposalStatus.PENDING_REVIEW: frozenset(
            {ProposalStatus.APPROVED, ProposalStatus.REJECTED, ProposalStatus.WITHDRAWN}
        ),
        ProposalStatus.APPROVED: frozenset({ProposalStatus.ACTIVE, ProposalStatus.EXPIRED}),
        ProposalStatus.REJECTED: frozenset(),
        ProposalStatus.ACTIVE: frozenset({ProposalStatus.EXPIRED}),
        ProposalStatus.EXPIRED: frozenset(),
        ProposalStatus.WITHDRAWN: frozenset(),
    }
)

# Under review or in force: these keep others of the same kind out (requirement B13).
CLAIMING = frozenset({ProposalStatus.PENDING_REVIEW, ProposalStatus.APPROVED, ProposalStatus.ACTIVE})
# What the clock still has something to do with.
AWAITING_TIME = frozenset({ProposalStatus.APPROVED, ProposalStatus.ACTIVE})

_REFUSALS: Mapping[ProposalStatus, type[InvalidStateTransitionError]] = MappingProxyType(
    {
        ProposalStatus.PENDING_REVIEW: OnlyDraftCanBeSubmittedError,
        ProposalStatus.APPROVED: OnlyPendingCanBeReviewedError,
        ProposalStatus.REJECTED: OnlyPendingCanBeReviewedError,
        ProposalStatus.ACTIVE: OnlyApprovedCanBeActivatedError,
        ProposalStatus.WITHDRAWN: OnlyOpenCanBeWithdrawnError,
    }
)


def check_step(current: ProposalStatus, wanted: ProposalStatus) -> None:
    """Raise the refusal of `wanted` unless the table has an arrow to it from `current`."""
    if wanted not in TRANSITIONS[current]:
        refusal = _REFUSALS.get(wanted, InvalidStateTransitionError)
        raise refusal(current=current.value, wanted=wanted.value)
