"""Amounts and sums as people read them in Temporal."""

import pytest

from domain.money import Money
from workflows.amounts import amount_of, sum_of


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(19_900, "CNY"), "CNY 199.00"),
        (Money(5, "EUR"), "EUR 0.05"),
        (Money(199, "JPY"), "JPY 199"),
        (Money(1_234, "KWD"), "KWD 1.234"),
        (Money(-150, "CNY"), "CNY -1.50"),
    ],
)
def test_amounts_are_shown_with_the_places_of_their_currency(money: Money, shown: str) -> None:
    assert amount_of(money) == shown


@pytest.mark.parametrize(
    ("amounts", "currency", "shown"),
    [
        ([100_000, -2_000, -8_000, 1_000], "CNY", "1000.00 − 20.00 − 80.00 + 10.00 = 910.00"),
        ([500], "JPY", "500 = 500"),
        ([1_500, -1_500], "KWD", "1.500 − 1.500 = 0.000"),
        ([-5, 10], "EUR", "−0.05 + 0.10 = 0.05"),
        ([], "CNY", "0.00 = 0.00"),
    ],
)
def test_a_price_is_told_as_one_sum(amounts: list[int], currency: str, shown: str) -> None:
    assert sum_of(amounts, currency) == shown
