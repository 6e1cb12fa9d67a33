"""Folds provider facts into the outcome of an attempt, whatever the order of arrival (requirement C6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.money import Money, total
from domain.payment.facts import FactKind, PaymentFact


class AttemptState(StrEnum):
    """Where one attempt stands after all that is known."""

    PENDING = "pending"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    IN_REVIEW = "in_review"


class ReviewReason(StrEnum):
    """Why nobody may guess and a person must look."""

    AMOUNT_MISMATCH = "amount_mismatch"
    CAPTURED_THEN_FAILED = "captured_then_failed"
    CHARGED_BACK = "charged_back"


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """The verdict on one attempt: its state, the money taken and given back, and why it needs review."""

    state: AttemptState
    captured: Money
    refunded: Money
    review_reason: ReviewReason | None = None


def judge_attempt(expected: Money, facts: Iterable[PaymentFact]) -> AttemptOutcome:
    """What `facts` of one attempt mean when `expected` was asked for.

    Independent of arrival order and of repeats: a fact counts once per (provider, event id). A wrong amount
    or currency, or more than one capture, is never a payment; a failure that is not older than the capture
    is a contradiction; all are put in review (domain rule 8).
    """
    known = tuple({(fact.provider, fact.event_id): fact for fact in facts}.values())
    captures = [fact for fact in known if fact.kind is FactKind.CAPTURED]
    taken = _sum(captures, expected.currency)
    refunded = _sum((fact for fact in known if fact.kind is FactKind.REFUNDED), expected.currency)
    reason = _reason_for_review(expected, known, captures)
    state = AttemptState.IN_REVIEW if reason else _state(known)
    return AttemptOutcome(state, taken, refunded, reason)


def _sum(facts: Iterable[PaymentFact], currency: str) -> Money:
    # Money of another currency cannot be added; it shows as a mismatch instead.
    return total((fact.amount for fact in facts if fact.amount.currency == currency), currency)


def _reason_for_review(
    expected: Money, facts: Sequence[PaymentFact], captures: Sequence[PaymentFact]
) -> ReviewReason | None:
    if any(fact.kind is FactKind.CHARGED_BACK for fact in facts):
        return ReviewReason.CHARGED_BACK
    if not captures:
        return None
    if [fact.amount for fact in captures] != [expected]:
        return ReviewReason.AMOUNT_MISMATCH
    taken_at = captures[0].occurred_at
    if any(fact.kind is FactKind.FAILED and fact.occurred_at >= taken_at for fact in facts):
        return ReviewReason.CAPTURED_THEN_FAILED
    return None


_STRONGEST_FIRST = (
    (FactKind.CAPTURED, AttemptState.CAPTURED),
    (FactKind.FAILED, AttemptState.FAILED),
    (FactKind.CANCELLED, AttemptState.CANCELLED),
    (FactKind.AUTHORISED, AttemptState.AUTHORISED),
)


def _state(facts: Iterable[PaymentFact]) -> AttemptState:
    kinds = {fact.kind for fact in facts}
    for kind, state in _STRONGEST_FIRST:
        if kind in kinds:
            return state
    return AttemptState.PENDING
