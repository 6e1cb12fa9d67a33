"""When a state is worth keeping: each of the three policies at its bound, and any of them together."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.history.policies import (
    WORTH_KEEPING,
    Growth,
    changed_more_than,
    changed_share,
    every_events,
    every_minutes,
)
from tests.support.builders import an_order

SMALL = Growth(1, timedelta(0), Fraction(0))
FIVE = timedelta(minutes=5)
growths = st.builds(
    Growth,
    st.integers(1, 200),
    st.timedeltas(timedelta(0), timedelta(minutes=10)),
    st.fractions(0, 1, max_denominator=40),
)


@pytest.mark.parametrize(("events", "worth"), [(99, False), (100, True), (101, True)])
def test_a_hundred_events_are_enough(events, worth):
    assert every_events().is_satisfied_by(replace(SMALL, events=events)) is worth


@pytest.mark.parametrize(
    ("age", "worth"), [(FIVE - timedelta(microseconds=1), False), (FIVE, True), (2 * FIVE, True)]
)
def test_five_minutes_are_enough(age, worth):
    assert every_minutes().is_satisfied_by(replace(SMALL, age=age)) is worth


@pytest.mark.parametrize(("changed", "worth"), [((3, 10), False), ((301, 1_000), True), ((1, 1), True)])
def test_more_than_thirty_per_cent_of_the_fields_are_enough(changed, worth):
    assert changed_more_than().is_satisfied_by(replace(SMALL, changed=Fraction(*changed))) is worth


@given(growths)
def test_policies_combine(growth):
    events, minutes, changed = every_events(50), every_minutes(), changed_more_than()
    each = [policy.is_satisfied_by(growth) for policy in (events, minutes, changed)]

    assert (events | minutes | changed).is_satisfied_by(growth) is any(each)
    assert (events & minutes & changed).is_satisfied_by(growth) is all(each)
    assert (events | (minutes & ~changed)).is_satisfied_by(growth) is (each[0] or (each[1] and not each[2]))


@pytest.mark.parametrize(
    ("growth", "worth"),
    [
        (Growth(100, timedelta(0), Fraction(0)), True),
        (Growth(20, FIVE, Fraction(1)), True),
        (Growth(20, FIVE, Fraction(301, 1_000)), True),
        (Growth(20, FIVE, Fraction(3, 10)), False),
        (Growth(99, FIVE - timedelta(microseconds=1), Fraction(1)), False),
        (Growth(99, -FIVE, Fraction(1)), False),
        (Growth(101, timedelta(0), Fraction(0)), True),
        (Growth(19, FIVE, Fraction(1)), False),
        (Growth(20, timedelta(minutes=4), Fraction(1)), False),
        (Growth(99, FIVE, Fraction(3, 10)), False),
    ],
)
def test_what_is_done_by_default_spares_short_streams(growth, worth):
    assert WORTH_KEEPING.is_satisfied_by(growth) is worth


@pytest.mark.parametrize("percent", [-1, 100])
def test_a_share_lies_between_nothing_and_everything(percent):
    with pytest.raises(InvalidValueError):
        changed_more_than(percent)


@pytest.mark.parametrize("policy", [every_events, every_minutes])
def test_nothing_happens_every_nought(policy):
    with pytest.raises(InvalidValueError):
        policy(0)


def test_the_changed_share_counts_fields():
    created = an_order().created().order
    moved = replace(created, version=9, status=created.status, provider="other", number="X")

    assert changed_share(created, created) == 0
    assert changed_share(created, moved) == Fraction(3, len(created.__dataclass_fields__))
    assert changed_share(None, created) == 1
