"""Does the engine say the same as the calculation in decimals? Total, each component, each line's share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from benchmarks.pricing_baseline.prices import Sheet, cheapest, price
from benchmarks.pricing_baseline.reading import DIGITS, basket_of
from benchmarks.random_carts import Cart, random_cart
from domain.pricing.calculate import calculate
from domain.pricing.calculation import Calculation

_MOST_SHOWN = 10
Figures = tuple[dict[str, tuple[int, dict[int, int]]], list[int]]


def disagreement(cart: Cart, *, thorough: bool = True) -> str:
    """What they differ in, in words; empty when they agree.

    Two choices of promotions may cost the same; the engine may take any that has the lowest total. Unless
    `thorough`, only the choice of the quick calculation is looked at: 50 promotions have too many.
    """
    ours = figures_of(calculate(cart.page, cart.request, cart.now))
    basket = basket_of(cart.page, cart.request, cart.now)
    digits = DIGITS[cart.page.currency]
    quick = price(basket)
    allowed = [_figures(sheet, digits) for sheet in (cheapest(basket) if thorough else [quick])]
    total = sum(ours[1])
    if total != sum(allowed[0][1]):
        return f"total {total}, in decimals {sum(allowed[0][1])}: {ours[0]} against {allowed[0][0]}"
    if ours not in allowed:
        return f"same total, but {ours} against {allowed[0]}"
    if _figures(quick, digits) not in allowed:
        return "the quick calculation in decimals does not find the lowest price"
    return ""


def agree(count: int) -> list[str]:
    """Compare that many random carts; one line for each that differs."""
    compared = ((seed, disagreement(random_cart(seed))) for seed in range(count))
    return [f"cart {seed}: {what}" for seed, what in compared if what]


def report(count: int) -> int:
    """Compare, print, and give an exit code."""
    wrong = agree(count)
    for line in wrong[:_MOST_SHOWN]:
        print(line)
    print(f"{count:,} random carts: {len(wrong):,} on which engine and decimals differ")
    return 1 if wrong else 0


def figures_of(calculation: Calculation) -> Figures:
    """Components by name with the share of each line, and line totals; in minor units."""
    parts = {
        part.id: (part.amount.amount, dict(part.shares))
        for part in calculation.breakdown.components
        if part.amount.amount
    }
    return parts, [line.amount for line in calculation.breakdown.line_totals()]


def _figures(sheet: Sheet, digits: int) -> Figures:
    numbers = [line.number for line in sheet.basket.lines]
    parts = {
        name: (_minor(part.amount, digits), _by_number(part.shares, numbers, digits))
        for name, part in sheet.parts.items()
        if part.amount
    }
    totals = _by_number(dict(enumerate(sheet.amounts)), numbers, digits)
    return parts, [totals.get(number, 0) for number in range(1, len(numbers) + 1)]


def _by_number(shares: Mapping[int, Decimal], numbers: Sequence[int], digits: int) -> dict[int, int]:
    return {numbers[index] + 1: _minor(share, digits) for index, share in shares.items() if share}


def _minor(amount: Decimal, digits: int) -> int:
    return int(amount.scaleb(digits))
