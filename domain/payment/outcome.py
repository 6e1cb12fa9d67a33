"""Folds provider facts into the outcome of an attempt, whatever the order of arrival (requirement C6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.money import Money, total
from domain.payment.capture import CaptureMode
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
    CAPTURE_REFUSED = "capture_refused"


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """The verdict on one attempt: its state, the money taken and given back, and why it needs review.

    `refunds` are the single refunds, oldest first: our key, or `ext_{event id}` for one that the provider
    made on its own, and how much.
    """

    state: AttemptState
    captured: Money
    refunded: Money
    review_reason: ReviewReason | None = None
    refunds: tuple[tuple[str, Money], ...] = ()


def judge_attempt(
    expected: Money,
    facts: Iterable[PaymentFact],
    *,
    capture: CaptureMode = CaptureMode.AUTOMATIC,
    asked: Money | None = None,
) -> AttemptOutcome:
    """What `facts` of one attempt mean when `expected` was asked for.

    Independent of arrival order and of repeats: a fact counts once per (provider, event id). A wrong amount
    or currency, or more than one capture, is never a payment; a failure that is not older than the capture
    is a contradiction; all are put in review (domain rule 8). With manual `capture` all of `expected` must be
    authorised, and `asked`, when something was asked, may be captured instead of it.
    """
    known = tuple({(fact.provider, fact.event_id): fact for fact in facts}.values())
    captures = [fact for fact in known if fact.kind is FactKind.CAPTURED]
    taken = _sum(captures, expected.currency)
    refunds = _refunds(known, expected.currency)
    refunded = total((amount for _, amount in refunds), expected.currency)
    fitting = (expected,) if asked is None else (expected, asked)
    reason = _reason_for_review(fitting, known, captures, capture)
    if reason is None and captures and refunded > taken:
        reason = ReviewReason.AMOUNT_MISMATCH
    state = AttemptState.IN_REVIEW if reason else _state(known)
    return AttemptOutcome(state, taken, refunded, reason, refunds)


def _sum(facts: Iterable[PaymentFact], currency: str) -> Money:
    # Money of another currency cannot be added; it shows as a mismatch instead.
    return total((fact.amount for fact in facts if fact.amount.currency == currency), currency)


def _refunds(facts: Iterable[PaymentFact], currency: str) -> tuple[tuple[str, Money], ...]:
    # Money of another currency or of no amount cannot be booked, so it is none.
    named: dict[tuple[str, str], Money] = {}
    for fact in sorted(facts, key=lambda fact: (fact.occurred_at, fact.provider, fact.event_id)):
        if fact.kind is FactKind.REFUNDED and fact.amount.currency == currency and fact.amount.amount > 0:
            named.setdefault((fact.provider, fact.refund_key or f"ext_{fact.event_id}"), fact.amount)
    return tuple((key, amount) for (_, key), amount in named.items())


def _reason_for_review(
    fitting: Sequence[Money],
    facts: Sequence[PaymentFact],
    captures: Sequence[PaymentFact],
    capture: CaptureMode,
) -> ReviewReason | None:
    if any(fact.kind is FactKind.CHARGED_BACK for fact in facts):
        return ReviewReason.CHARGED_BACK
    if not captures:
        vouched = {fact.amount for fact in facts if fact.kind is FactKind.AUTHORISED}
        wrong = capture is CaptureMode.MANUAL and not vouched <= {fitting[0]}
        return ReviewReason.AMOUNT_MISMATCH if wrong else None
    if len(captures) != 1 or captures[0].amount not in fitting:
        return ReviewReason.AMOUNT_MISMATCH
    taken_at = captures[0].occurred_at
    if any(fact.kind is FactKind.FAILED and fact.occurred_at >= taken_at for fact in facts):
        return ReviewReason.CAPTURED_THEN_FAILED
    return None


_STRONGEST_FIRST = (
    (FactKind.CAPTURED, AttemptState.CAPTURED),
    (FactKind.CANCELLED, AttemptState.CANCELLED),
    (FactKind.AUTHORISED, AttemptState.AUTHORISED),
    (FactKind.FAILED, AttemptState.FAILED),
)


def _state(facts: Sequence[PaymentFact]) -> AttemptState:
    vouched = [fact.occurred_at for fact in facts if fact.kind is FactKind.AUTHORISED]
    failed = [fact.occurred_at for fact in facts if fact.kind is FactKind.FAILED]
    kinds = {fact.kind for fact in facts}
    # A buyer who fails and then tries again in the same attempt is vouched for in the end.
    if vouched and failed and max(failed) >= max(vouched):
        kinds.remove(FactKind.AUTHORISED)
    for kind, state in _STRONGEST_FIRST:
        if kind in kinds:
            return state
    return AttemptState.PENDING
