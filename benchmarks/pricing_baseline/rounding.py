"""Rounding and splitting of decimal amounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal


def percentage(amount: Decimal, percent: Decimal, unit: Decimal) -> Decimal:
    """That part of the amount (`percent` is a fraction of 1), half up to the currency's unit of account."""
    return (amount * percent).quantize(unit, ROUND_HALF_UP)


def at_most(amount: Decimal, percent: Decimal, unit: Decimal) -> Decimal:
    """The most that lies within that part of the amount: a limit is never rounded up."""
    return (amount * percent).quantize(unit, ROUND_DOWN)


def split(amount: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """By largest remainder; ties go to the earlier place."""
    whole = sum(weights)
    if not whole:
        return [amount * 0] * len(weights)
    units = amount / unit
    shares = [divmod(units * weight, whole) for weight in weights]
    left = int(units - sum(share for share, _ in shares))
    parts = [share * unit for share, _ in shares]
    # `sorted` keeps the order of equals, in reverse too.
    for index in sorted(range(len(shares)), key=lambda index: shares[index][1], reverse=True)[:left]:
        parts[index] += unit
    return parts
