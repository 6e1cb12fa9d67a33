"""A provider's facts add up to one verdict, whatever their order and however often they come (C6)."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.payment.outcome import AttemptOutcome, AttemptState, ReviewReason, judge_attempt
from tests.support.builders import NOON, PROVIDER, a_fact, cny

KEY = "pay_ord_1_1"
EXPECTED = cny(1_000)
facts = st.lists(
    st.builds(
        PaymentFact,
        provider=st.sampled_from([PROVIDER, "other"]),
        event_id=st.uuids().map(str),
        payment_key=st.just(KEY),
        kind=st.sampled_from(FactKind),
        amount=st.sampled_from([EXPECTED, cny(999), Money(1_000, "USD")]),
        occurred_at=st.integers(0, 3).map(lambda second: NOON + timedelta(seconds=second)),
    ),
    max_size=6,
)


def at(second: int):
    return NOON + timedelta(seconds=second)


def fact(kind: FactKind, second: int = 0, amount: Money = EXPECTED, event_id: str = "") -> PaymentFact:
    return a_fact(KEY, kind, amount, at=at(second), event_id=event_id)


@given(facts, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(known, random: Random):
    shuffled = random.sample(known, len(known))

    assert judge_attempt(EXPECTED, shuffled) == judge_attempt(EXPECTED, known)


@given(facts, st.data())
def test_repeats_do_not_matter(known, data):
    again = data.draw(st.lists(st.sampled_from(known), max_size=6)) if known else []

    assert judge_attempt(EXPECTED, known + again) == judge_attempt(EXPECTED, known)


@given(facts)
def test_captured_means_exactly_what_was_expected_once(known):
    outcome = judge_attempt(EXPECTED, known)

    if outcome.state is AttemptState.CAPTURED:
        assert outcome.captured == EXPECTED
    assert (outcome.review_reason is not None) == (outcome.state is AttemptState.IN_REVIEW)


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ((), AttemptState.PENDING),
        ((FactKind.REFUNDED,), AttemptState.PENDING),
        ((FactKind.AUTHORISED,), AttemptState.AUTHORISED),
        ((FactKind.FAILED,), AttemptState.FAILED),
        ((FactKind.CANCELLED,), AttemptState.CANCELLED),
        ((FactKind.AUTHORISED, FactKind.CANCELLED), AttemptState.CANCELLED),
        ((FactKind.AUTHORISED, FactKind.FAILED), AttemptState.FAILED),
        ((FactKind.AUTHORISED, FactKind.CAPTURED), AttemptState.CAPTURED),
        ((FactKind.FAILED, FactKind.CAPTURED), AttemptState.CAPTURED),
        ((FactKind.CAPTURED, FactKind.FAILED), AttemptState.IN_REVIEW),
        ((FactKind.CAPTURED, FactKind.REFUNDED), AttemptState.CAPTURED),
        ((FactKind.CAPTURED, FactKind.CHARGED_BACK), AttemptState.IN_REVIEW),
    ],
)
def test_the_strongest_fact_decides(kinds, state):
    told = [fact(kind, second) for second, kind in enumerate(kinds)]

    assert judge_attempt(EXPECTED, told).state is state


@pytest.mark.parametrize("amount", [cny(999), cny(1_001), Money(1_000, "USD")])
def test_a_wrong_amount_or_currency_is_never_a_payment(amount):
    outcome = judge_attempt(EXPECTED, [fact(FactKind.CAPTURED, amount=amount)])

    assert outcome.state is AttemptState.IN_REVIEW
    assert outcome.review_reason is ReviewReason.AMOUNT_MISMATCH


def test_money_of_another_currency_is_not_counted():
    outcome = judge_attempt(EXPECTED, [fact(FactKind.CAPTURED, amount=Money(1_000, "USD"))])

    assert outcome.captured == cny(0)


def test_two_captures_of_one_attempt_are_looked_at_by_a_person():
    told = [fact(FactKind.CAPTURED, event_id="evt_1"), fact(FactKind.CAPTURED, event_id="evt_2")]

    outcome = judge_attempt(EXPECTED, told)

    assert outcome == AttemptOutcome(AttemptState.IN_REVIEW, cny(2_000), cny(0), ReviewReason.AMOUNT_MISMATCH)


@pytest.mark.parametrize(
    ("failed_at", "state"),
    [(0, AttemptState.CAPTURED), (1, AttemptState.IN_REVIEW), (2, AttemptState.IN_REVIEW)],
)
def test_a_failure_that_is_not_older_than_the_capture_contradicts_it(failed_at, state):
    told = [fact(FactKind.CAPTURED, 1), fact(FactKind.FAILED, failed_at)]

    assert judge_attempt(EXPECTED, told).state is state


def test_a_charge_back_is_named_before_any_other_contradiction():
    told = [fact(FactKind.CAPTURED, amount=cny(1)), fact(FactKind.CHARGED_BACK, 1)]

    assert judge_attempt(EXPECTED, told).review_reason is ReviewReason.CHARGED_BACK


def test_refunds_are_summed():
    told = [
        fact(FactKind.CAPTURED),
        fact(FactKind.REFUNDED, 1, cny(300), "evt_a"),
        fact(FactKind.REFUNDED, 2, cny(300), "evt_b"),
        fact(FactKind.REFUNDED, 2, cny(300), "evt_b"),
    ]

    assert judge_attempt(EXPECTED, told).refunded == cny(600)


def test_one_of_our_refunds_told_by_two_events_counts_once():
    told = [
        fact(FactKind.CAPTURED),
        a_fact(KEY, FactKind.REFUNDED, cny(300), at=at(1), event_id="evt_a", refund="ref_1"),
        a_fact(KEY, FactKind.REFUNDED, cny(300), at=at(2), event_id="evt_b", refund="ref_1"),
        a_fact(KEY, FactKind.REFUNDED, cny(300), at=at(2), event_id="evt_c", refund="ref_2"),
    ]

    verdict = judge_attempt(EXPECTED, told)

    assert verdict.refunds == (("ref_1", cny(300)), ("ref_2", cny(300)))
    assert verdict.state is AttemptState.CAPTURED


def test_more_given_back_than_was_taken_is_a_persons_matter():
    told = [fact(FactKind.CAPTURED), fact(FactKind.REFUNDED, 1, cny(1_001), "evt_a")]

    verdict = judge_attempt(EXPECTED, told)

    assert (verdict.state, verdict.review_reason) == (AttemptState.IN_REVIEW, ReviewReason.AMOUNT_MISMATCH)
