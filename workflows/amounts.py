"""Amounts as people read them in Temporal. How pages show them is the API's matter."""

from __future__ import annotations

from collections.abc import Sequence

from domain.money import Money
from domain.pricing.explain import sum_text

# Minor units per unit, where it is not 100 (ISO 4217).
_NO_MINOR_UNIT = frozenset(
    (
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
        *("RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
    )
)
_THOUSANDTHS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def minor_digits(currency: str) -> int:
    """How many decimal places a currency's amounts have: 2 for most."""
    if currency in _NO_MINOR_UNIT:
        return 0
    return 3 if currency in _THOUSANDTHS else 2


def amount_of(money: Money) -> str:
    """Such as `CNY 199.00`."""
    digits = minor_digits(money.currency)
    whole, rest = divmod(abs(money.amount), 10**digits)
    sign = "-" if money.amount < 0 else ""
    return f"{money.currency} {sign}{whole}" + (f".{rest:0{digits}}" if digits else "")


def sum_of(amounts: Sequence[int], currency: str) -> str:
    """How amounts in minor units make a price, such as `1000.00 − 20.00 + 10.00 = 990.00`."""
    return sum_text(amounts, minor_digits(currency))
