"""What provider facts add up to: the same for every order of arrival and every repetition."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.payment.outcome import AttemptOutcome, AttemptState, ReviewReason, judge_attempt

ASKED = Money(10_000, "GBP")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def a_fact(kind: FactKind, second: int, amount: Money = ASKED, event_id: str = "") -> PaymentFact:
    name = event_id or f"evt_{second:03d}_{kind}"
    return PaymentFact("sandbox", name, "ord_1:1", kind, amount, NOON + timedelta(seconds=second))


def facts(*kinds: FactKind) -> list[PaymentFact]:
    return [a_fact(kind, second) for second, kind in enumerate(kinds)]


def outcome(
    state: AttemptState, captured: int = 0, refunded: int = 0, reason: ReviewReason | None = None
) -> AttemptOutcome:
    return AttemptOutcome(state, Money(captured, "GBP"), Money(refunded, "GBP"), reason)


def without_parts(verdict: AttemptOutcome) -> AttemptOutcome:
    """The verdict without its single refunds, which the stories below sum up."""
    assert sum((amount for _, amount in verdict.refunds), Money.zero("GBP")) == verdict.refunded
    return replace(verdict, refunds=())


AUTHORISED, CAPTURED, FAILED = FactKind.AUTHORISED, FactKind.CAPTURED, FactKind.FAILED
CANCELLED, REFUNDED, CHARGED_BACK = FactKind.CANCELLED, FactKind.REFUNDED, FactKind.CHARGED_BACK

STORIES = [
    ([], outcome(AttemptState.PENDING)),
    ([AUTHORISED], outcome(AttemptState.AUTHORISED)),
    ([AUTHORISED, CAPTURED], outcome(AttemptState.CAPTURED, 10_000)),
    ([CAPTURED], outcome(AttemptState.CAPTURED, 10_000)),
    ([FAILED], outcome(AttemptState.FAILED)),
    ([AUTHORISED, FAILED], outcome(AttemptState.FAILED)),
    ([CANCELLED], outcome(AttemptState.CANCELLED)),
    ([AUTHORISED, CANCELLED], outcome(AttemptState.CANCELLED)),
    ([FAILED, AUTHORISED], outcome(AttemptState.AUTHORISED)),
    ([FAILED, AUTHORISED, FAILED], outcome(AttemptState.FAILED)),
    ([FAILED, AUTHORISED, CANCELLED], outcome(AttemptState.CANCELLED)),
    ([AUTHORISED, CAPTURED, REFUNDED], outcome(AttemptState.CAPTURED, 10_000, 10_000)),
    ([FAILED, AUTHORISED, CAPTURED], outcome(AttemptState.CAPTURED, 10_000)),
    (
        [AUTHORISED, CAPTURED, FAILED],
        outcome(AttemptState.IN_REVIEW, 10_000, reason=ReviewReason.CAPTURED_THEN_FAILED),
    ),
    (
        [AUTHORISED, CAPTURED, CHARGED_BACK],
        outcome(AttemptState.IN_REVIEW, 10_000, reason=ReviewReason.CHARGED_BACK),
    ),
]


@pytest.mark.parametrize(("kinds", "expected"), STORIES)
def test_a_story_means_the_same_in_every_order_of_arrival(kinds: list[FactKind], expected: AttemptOutcome):
    for arrival in permutations(facts(*kinds)):
        assert without_parts(judge_attempt(ASKED, arrival)) == expected


@pytest.mark.parametrize(("kinds", "expected"), STORIES)
def test_a_story_means_the_same_however_often_it_is_told(kinds: list[FactKind], expected: AttemptOutcome):
    once = facts(*kinds)
    for times in product([1, 2, 3], repeat=len(once)):
        told = [fact for fact, repeats in zip(once, times, strict=True) for _ in range(repeats)]
        assert without_parts(judge_attempt(ASKED, told)) == expected
        assert without_parts(judge_attempt(ASKED, reversed(told))) == expected


@pytest.mark.parametrize("wrong", [Money(9_999, "GBP"), Money(10_001, "GBP"), Money(10_000, "USD")])
def test_another_amount_or_currency_is_never_a_payment(wrong: Money):
    verdict = judge_attempt(ASKED, [a_fact(AUTHORISED, 0), a_fact(CAPTURED, 1, wrong)])
    assert (verdict.state, verdict.review_reason) == (AttemptState.IN_REVIEW, ReviewReason.AMOUNT_MISMATCH)


def test_money_of_another_currency_is_not_added_to_what_was_captured():
    verdict = judge_attempt(ASKED, [a_fact(CAPTURED, 0, Money(10_000, "USD"))])
    assert verdict.captured == Money.zero("GBP")


def test_two_captures_of_one_attempt_are_counted_and_reviewed():
    verdict = judge_attempt(ASKED, [a_fact(CAPTURED, 0, event_id="a"), a_fact(CAPTURED, 1, event_id="b")])
    assert verdict == outcome(AttemptState.IN_REVIEW, 20_000, reason=ReviewReason.AMOUNT_MISMATCH)


def test_a_failure_in_the_same_instant_as_the_capture_is_a_contradiction():
    verdict = judge_attempt(ASKED, [a_fact(CAPTURED, 5), a_fact(FAILED, 5)])
    assert verdict.review_reason is ReviewReason.CAPTURED_THEN_FAILED


def test_equal_event_ids_of_two_providers_are_two_facts():
    ours = a_fact(REFUNDED, 1, Money(100, "GBP"), event_id="evt_1")
    theirs = PaymentFact("other", "evt_1", ours.payment_key, REFUNDED, ours.amount, ours.occurred_at)
    assert judge_attempt(ASKED, [ours, theirs]).refunded == Money(200, "GBP")


# Few distinct times, so that simultaneous facts are common; the position keeps event ids distinct.
any_history = st.lists(
    st.tuples(
        st.sampled_from(FactKind),
        st.integers(0, 3),
        st.sampled_from([ASKED, Money(1, "GBP"), Money(10_000, "USD")]),
    ),
    max_size=8,
).map(
    lambda drawn: [
        a_fact(kind, second, amount, event_id=f"evt_{place}")
        for place, (kind, second, amount) in enumerate(drawn)
    ]
)


@given(any_history, st.data())
def test_neither_order_nor_repetition_of_any_history_matters(history: list[PaymentFact], data: st.DataObject):
    repeats = data.draw(st.lists(st.sampled_from(history), max_size=8)) if history else []
    arrival = data.draw(st.permutations(history + repeats))
    assert judge_attempt(ASKED, arrival) == judge_attempt(ASKED, history)


@given(any_history)
def test_a_verdict_of_captured_means_that_exactly_the_asked_amount_came_once(
    history: list[PaymentFact],
):
    verdict = judge_attempt(ASKED, history)
    captures = [fact for fact in history if fact.kind is CAPTURED]
    if verdict.state is AttemptState.CAPTURED:
        assert [fact.amount for fact in captures] == [ASKED]
        assert CHARGED_BACK not in {fact.kind for fact in history}
    assert (verdict.review_reason is None) == (verdict.state is not AttemptState.IN_REVIEW)
