"""Money adds up, splits without a remainder and never meets another currency unnoticed."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import (
    AmountOutOfRangeError,
    CurrencyMismatchError,
    InvalidCurrencyError,
    InvalidValueError,
    NegativePriceError,
)
from domain.money import LARGEST_AMOUNT, Money, Price, total

amounts = st.integers(-(10**15), 10**15)
sizes = st.integers(0, 10**12)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


@given(amounts, weights)
def test_the_parts_of_a_split_sum_exactly_to_the_whole(amount, weights):
    assume(sum(weights) > 0)

    parts = eur(amount).allocate(weights)

    assert total(parts, "EUR") == eur(amount)
    assert len(parts) == len(weights)


@given(weights, st.data())
def test_no_part_exceeds_its_weight_when_the_whole_does_not_exceed_their_sum(weights, data):
    whole = data.draw(st.integers(0, sum(weights)))

    parts = eur(whole).allocate(weights)

    assert all(part.amount <= weight for part, weight in zip(parts, weights, strict=True))


@given(amounts, weights)
def test_a_weight_of_nothing_gets_nothing(amount, weights):
    assume(sum(weights) > 0)

    parts = eur(amount).allocate([*weights, 0])

    assert parts[-1] == eur(0)


@given(sizes, weights)
def test_no_part_is_a_whole_unit_away_from_its_exact_share(amount, weights):
    assume(sum(weights) > 0)

    parts = eur(amount).allocate(weights)

    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.amount * sum(weights) - amount * weight) < sum(weights)


@given(amounts, weights)
def test_a_reduction_splits_as_the_mirror_of_the_charge(amount, weights):
    assume(sum(weights) > 0)

    assert eur(-amount).allocate(weights) == tuple(-part for part in eur(amount).allocate(weights))


def test_ties_go_to_the_earlier_place():
    assert eur(2).allocate([1, 1, 1]) == (eur(1), eur(1), eur(0))
    assert eur(-1).allocate([5, 5]) == (eur(-1), eur(0))


def test_the_largest_remainder_comes_before_the_earlier_place():
    assert eur(10).allocate([1, 1, 4]) == (eur(2), eur(2), eur(6))
    assert eur(5).allocate([3, 4]) == (eur(2), eur(3))


def test_nothing_splits_into_nothing_even_without_weights():
    assert eur(0).allocate([0, 0]) == (eur(0), eur(0))
    assert eur(0).allocate([]) == ()


@pytest.mark.parametrize("weights", [[], [0, 0]])
def test_money_without_a_weight_to_carry_it_is_refused(weights):
    with pytest.raises(InvalidValueError):
        eur(1).allocate(weights)


def test_a_negative_weight_is_refused():
    with pytest.raises(InvalidValueError):
        eur(10).allocate([5, -1])


@given(amounts, st.integers(0, 20_000))
def test_a_share_is_rounded_half_up(amount, basis_points):
    exact = Decimal(amount) * basis_points / 10_000

    assert eur(amount).share(basis_points).amount == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("amount", "basis_points", "share"),
    [(68_000, 200, 1_360), (1, 5_000, 1), (1, 4_999, 0), (3, 5_000, 2), (-1, 5_000, -1), (-3, 4_999, -1)],
)
def test_half_a_minor_unit_counts_as_one(amount, basis_points, share):
    assert eur(amount).share(basis_points) == eur(share)


@given(amounts, st.integers(0, 10_000))
def test_a_share_of_a_reversal_reverses_the_share(amount, basis_points):
    assert eur(-amount).share(basis_points) == -eur(amount).share(basis_points)


@given(amounts, amounts)
def test_subtraction_undoes_addition(a, b):
    assert eur(a) + eur(b) - eur(b) == eur(a)


@given(amounts, amounts)
def test_money_is_ordered_as_its_amounts_are(a, b):
    assert (eur(a) < eur(b), eur(a) <= eur(b), eur(a) > eur(b), eur(a) >= eur(b)) == (
        a < b,
        a <= b,
        a > b,
        a >= b,
    )


@pytest.mark.parametrize(
    "meet",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a > b,
        lambda a, b: a >= b,
        lambda a, b: total([a, b], "EUR"),
    ],
)
def test_another_currency_is_never_added_nor_compared(meet):
    with pytest.raises(CurrencyMismatchError) as refused:
        meet(eur(1), Money(1, "USD"))

    assert refused.value.facts == {"expected": "EUR", "actual": "USD"}


def test_the_same_amount_of_another_currency_is_other_money():
    assert eur(1) != Money(1, "USD")
    assert eur(1) != 1


@pytest.mark.parametrize("amount", [LARGEST_AMOUNT, -LARGEST_AMOUNT])
def test_the_range_ends_at_64_signed_bits(amount):
    assert eur(amount).amount == amount
    with pytest.raises(AmountOutOfRangeError):
        eur(amount + (1 if amount > 0 else -1))


def test_a_sum_or_product_beyond_the_range_is_refused():
    with pytest.raises(AmountOutOfRangeError):
        eur(LARGEST_AMOUNT) + eur(1)
    with pytest.raises(AmountOutOfRangeError):
        eur(LARGEST_AMOUNT) * 2


@pytest.mark.parametrize("amount", [1.0, True, "1", None])
def test_only_whole_minor_units_are_money(amount):
    with pytest.raises(InvalidValueError):
        Money(amount, "EUR")


@pytest.mark.parametrize("code", ["", "EU", "EURO", "eur", "E1R", "ÄÖÜ", "E R"])
def test_a_currency_is_three_capital_letters(code):
    with pytest.raises(InvalidCurrencyError):
        Money(1, code)


def test_a_price_cannot_be_negative():
    with pytest.raises(NegativePriceError):
        Price(-1, "EUR")


def test_a_price_equals_money_of_the_same_value():
    assert Price(5, "EUR") == eur(5)
    assert eur(5) == Price(5, "EUR")
    assert len({Price(5, "EUR"), eur(5)}) == 1
    assert Price(5, "EUR") != eur(6)


def test_the_difference_of_two_prices_is_signed_money():
    assert Price(3, "EUR") - Price(5, "EUR") == eur(-2)


def test_zero_is_zero_in_its_own_currency():
    assert Money.zero("JPY").is_zero
    assert Price.zero("JPY") == Money(0, "JPY")
    assert not eur(1).is_zero
    assert total([], "EUR") == eur(0)
    assert eur(7) * 3 == eur(21)
    assert str(eur(-7)) == "-7 EUR"
