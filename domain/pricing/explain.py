"""A breakdown in one line of text. Currency symbols and local formats belong to the edge."""

from __future__ import annotations

from collections.abc import Sequence

from domain.pricing.breakdown import PriceBreakdown

MINUS = "−"


def price_text(breakdown: PriceBreakdown, digits: int) -> str:
    """Such as `1000.00 − 20.00 − 80.00 + 10.00 = 910.00`; `digits` is how many decimals the currency has."""
    return sum_text([part.amount.amount for part in breakdown.components], digits)


def sum_text(amounts: Sequence[int], digits: int) -> str:
    """The same for amounts in minor units, in order of calculation."""
    words: list[str] = []
    for amount in amounts:
        if words:
            words += [MINUS if amount < 0 else "+", _shown(abs(amount), digits)]
        else:
            words.append(_signed(amount, digits))
    return " ".join([*(words or [_shown(0, digits)]), "=", _signed(sum(amounts), digits)])


def _signed(amount: int, digits: int) -> str:
    return (MINUS if amount < 0 else "") + _shown(abs(amount), digits)


def _shown(amount: int, digits: int) -> str:
    if not digits:
        return str(amount)
    whole, rest = divmod(amount, 10**digits)
    return f"{whole}.{rest:0{digits}}"
