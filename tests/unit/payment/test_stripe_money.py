"""Amounts as Stripe counts them: never rounded, refused when a guess would be needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.payments.stripe_money import money_of, stripe_amount
from domain.money import Money
from domain.ports.payments import PaymentRefusedByProviderError


@pytest.mark.parametrize(
    ("money", "at_stripe"),
    [
        (Money(19_900, "GBP"), 19_900),
        (Money(500, "JPY"), 500),
        (Money(5, "ISK"), 500),
        (Money(5_000, "MGA"), 50),
        (Money(5_120, "KWD"), 5_120),
        (Money(1_045, "HUF"), 1_045),
    ],
)
def test_an_amount_is_what_stripe_documents_for_its_currency(money, at_stripe):
    assert stripe_amount(money, "key") == at_stripe
    assert money_of(at_stripe, money.currency.lower()) == money


@pytest.mark.parametrize(
    "money", [Money(5_124, "KWD"), Money(5_050, "MGA"), Money(1, "UGX"), Money(10, "LYD")]
)
def test_what_stripe_cannot_take_exactly_is_refused(money):
    with pytest.raises(PaymentRefusedByProviderError):
        stripe_amount(money, "key")


def test_half_a_krona_is_no_answer():
    with pytest.raises(ValueError, match="amount"):
        money_of(550, "isk")


@given(st.integers(0, 10**12), st.sampled_from(["GBP", "JPY", "ISK", "MGA", "KWD", "BHD", "TND", "CNY"]))
def test_what_is_asked_for_comes_back_to_the_unit(amount, currency):
    money = Money(amount * 100, currency)
    assert money_of(stripe_amount(money, "key"), currency.lower()) == money
