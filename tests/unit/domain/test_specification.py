"""Conditions combine as logic says, and stay readable for whoever translates them (A20)."""

from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CurrencyMismatchError
from domain.money import Money
from domain.specification import (
    AllOf,
    AnyOf,
    Attribute,
    Compared,
    Comparison,
    Not,
    OneOf,
    OrderedAttribute,
)
from tests.support.builders import cny


@dataclass(frozen=True)
class Parcel:
    weight: int
    city: str
    value: Money


weight = OrderedAttribute[Parcel, int]("weight", lambda parcel: parcel.weight)
city = Attribute[Parcel, str]("city", lambda parcel: parcel.city)
value = OrderedAttribute[Parcel, Money]("value", lambda parcel: parcel.value)

parcels = st.builds(Parcel, st.integers(0, 5), st.sampled_from(["Leeds", "York"]), st.just(cny(0)))
leaves = st.one_of(
    st.builds(weight.greater_than, st.integers(0, 5)),
    st.builds(weight.at_most, st.integers(0, 5)),
    st.builds(city.equals, st.sampled_from(["Leeds", "York", "Hull"])),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a: ~a, inner),
    ),
    max_leaves=6,
)


@given(parcels, conditions, conditions)
def test_and_or_and_not_mean_what_they_mean(parcel, a, b):
    holds = (a.is_satisfied_by(parcel), b.is_satisfied_by(parcel))

    assert (a & b).is_satisfied_by(parcel) == all(holds)
    assert (a | b).is_satisfied_by(parcel) == any(holds)
    assert (~a).is_satisfied_by(parcel) == (not holds[0])


@given(parcels, conditions, conditions)
def test_de_morgan_holds(parcel, a, b):
    assert (~(a & b)).is_satisfied_by(parcel) == (~a | ~b).is_satisfied_by(parcel)


@pytest.mark.parametrize(
    ("condition", "satisfied_by"),
    [
        (weight.greater_than(2), {3}),
        (weight.at_least(2), {2, 3}),
        (weight.less_than(2), {1}),
        (weight.at_most(2), {1, 2}),
        (weight.equals(2), {2}),
        (weight.one_of(1, 3), {1, 3}),
        (weight.one_of(), set()),
        (AllOf(()), {1, 2, 3}),
        (AnyOf(()), set()),
    ],
)
def test_bounds_are_inclusive_where_the_name_says_so(condition, satisfied_by):
    assert {w for w in (1, 2, 3) if condition.is_satisfied_by(Parcel(w, "Leeds", cny(0)))} == satisfied_by


def test_a_condition_can_be_taken_apart_again():
    condition = city.equals("Leeds") & ~weight.greater_than(2)

    assert condition == AllOf(
        (OneOf(city, frozenset({"Leeds"})), Not(Compared(weight, Comparison.GREATER_THAN, 2)))
    )


def test_a_comparison_that_nobody_knows_is_not_guessed():
    unknown = Compared(weight, cast("Any", "near"), 2)

    with pytest.raises(AssertionError):
        unknown.is_satisfied_by(Parcel(2, "Leeds", cny(0)))


def test_a_bound_in_another_currency_is_refused_not_guessed():
    with pytest.raises(CurrencyMismatchError):
        value.at_least(Money(1, "USD")).is_satisfied_by(Parcel(1, "Leeds", cny(100)))
