"""Does the engine say the same as the calculation in decimals? Total, each component, each line."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from benchmarks.pricing_baseline.prices import Sheet, cheapest, price
from benchmarks.pricing_baseline.reading import DIGITS, basket_of
from benchmarks.random_carts import Cart, random_cart
from domain.pricing.calculate import calculate
from domain.pricing.calculation import Calculation

_MOST_SHOWN = 10
Figures = tuple[dict[str, int], list[int]]


def disagreement(cart: Cart) -> str:
    """What they differ in, in words; empty when they agree.

    Two choices of promotions may cost the same; the engine may take any that has the lowest total.
    """
    ours = figures_of(calculate(cart.page, cart.request, cart.now))
    basket = basket_of(cart.page, cart.request, cart.now)
    digits = DIGITS[cart.page.currency]
    allowed = [_figures(sheet, digits) for sheet in cheapest(basket)]
    total = sum(ours[1])
    if total != sum(allowed[0][1]):
        return f"total {total}, in decimals {sum(allowed[0][1])}: {ours[0]} against {allowed[0][0]}"
    if ours not in allowed:
        return f"same total, but {ours} against {allowed[0]}"
    if _figures(price(basket), digits) not in allowed:
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
    """Components by name and line totals, in minor units."""
    sums: Counter[str] = Counter()
    for part in calculation.breakdown.components:
        sums[part.id] += part.amount.amount
    lines = [line.amount for line in calculation.breakdown.line_totals()]
    return {name: amount for name, amount in sums.items() if amount}, lines


def _figures(sheet: Sheet, digits: int) -> Figures:
    parts = {name: _minor(amount, digits) for name, amount in sheet.components.items() if amount}
    lines = [0] * len(sheet.amounts)
    for line, amount in zip(sheet.basket.lines, sheet.amounts, strict=True):
        lines[line.number] = _minor(amount, digits)
    return parts, lines


def _minor(amount: Decimal, digits: int) -> int:
    return int(amount.scaleb(digits))
