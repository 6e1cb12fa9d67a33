"""Amounts as Stripe counts them: mostly ISO 4217 minor units, with the exceptions that Stripe documents."""

from __future__ import annotations

from typing import Final

from domain.money import Money
from domain.ports.payments import PaymentRefusedByProviderError

# https://docs.stripe.com/currencies, "Special cases" and "Zero-decimal currencies", against ISO 4217.
_HUNDREDFOLD: Final = frozenset({"ISK"})
"""No minor unit in ISO 4217, two decimals (always 00) at Stripe."""
_HUNDREDTH: Final = frozenset({"MGA"})
"""A minor unit in ISO 4217, none at Stripe."""
_TENS_ONLY: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Three decimals at both; the last digit must be 0 at Stripe."""
_UNCLEAR: Final = frozenset({"IQD", "LYD", "UGX"})
"""Not charged, or documented in two ways: a guess could be wrong by a factor of a hundred."""


def stripe_amount(money: Money, key: str) -> int:
    """`money` in Stripe's smallest unit of its currency.

    Raises `PaymentRefusedByProviderError` for what Stripe cannot take exactly; nothing is ever rounded.
    """
    if money.currency in _UNCLEAR:
        raise PaymentRefusedByProviderError(key=key, reason="currency_not_supported")
    if money.currency in _HUNDREDFOLD:
        return money.amount * 100
    step = 100 if money.currency in _HUNDREDTH else 10 if money.currency in _TENS_ONLY else 1
    if money.amount % step:
        raise PaymentRefusedByProviderError(key=key, reason="amount_not_chargeable")
    return money.amount // 100 if money.currency in _HUNDREDTH else money.amount


def money_of(amount: int, currency: str) -> Money:
    """Stripe's `amount` and lower-case `currency` as money.

    Raises `ValueError` for an amount that is no whole number of our minor units, and the errors of `Money`.
    """
    code = currency.upper()
    if code in _HUNDREDTH:
        return Money(amount * 100, code)
    if code in _HUNDREDFOLD:
        if amount % 100:
            message = "amount"
            raise ValueError(message)
        return Money(amount // 100, code)
    return Money(amount, code)
