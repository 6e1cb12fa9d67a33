"""The calculation in decimals: four layers, and the search for the lowest total.

`price` looks further only where leaving promotions out could pay; `cheapest` tries every subset: the oracle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

from benchmarks.pricing_baseline.book import Basket
from benchmarks.pricing_baseline.charges import add_charges
from benchmarks.pricing_baseline.deductions import take_deductions
from benchmarks.pricing_baseline.lanes import take_promotions
from benchmarks.pricing_baseline.offers import Scoped, applicable, quantities
from benchmarks.pricing_baseline.rounding import split
from domain.pricing.request import Scene

WITH_DEDUCTIONS = frozenset({Scene.CART, Scene.CHECKOUT})
WITH_CHARGES = frozenset({Scene.ORDER, Scene.CHECKOUT})


@dataclass(slots=True)
class Sheet:
    """A price in the making: what each line costs so far, and the signed parts by name.

    `could_be_cheaper` is set when a threshold is missed that the daily prices reach, or bundles compete.
    """

    basket: Basket
    amounts: list[Decimal]
    components: dict[str, Decimal] = field(default_factory=dict)
    could_be_cheaper: bool = False

    @property
    def total(self) -> Decimal:
        """The sum of all parts."""
        return sum(self.components.values(), Decimal(0))

    def add(self, name: str, amount: Decimal, lines: Sequence[int], weights: Sequence[Decimal]) -> None:
        """A signed part on these lines by these weights."""
        if not amount:
            return
        sign = -1 if amount < 0 else 1
        for index, part in zip(lines, split(abs(amount), weights, self.basket.unit), strict=True):
            self.amounts[index] += sign * part
        self.components[name] = self.components.get(name, Decimal(0)) + amount

    def take(self, name: str, reduction: Decimal, lines: Sequence[int]) -> None:
        """A reduction on these lines by what they cost now."""
        self.add(name, -reduction, lines, [self.amounts[index] for index in lines])

    def reaches(self, minimum: Decimal, amount: Decimal, lines: Sequence[int]) -> bool:
        """True when `amount` is enough; takes note when daily prices of these lines would be."""
        if amount >= minimum:
            return True
        of = self.basket.lines
        if sum(of[index].daily * of[index].quantity for index in lines) >= minimum:
            self.could_be_cheaper = True
        return False


def price(basket: Basket) -> Sheet:
    """The lowest price; a single calculation unless leaving promotions out could pay."""
    together, alone = _sides(basket)
    best = _sheet(basket, together)
    if best.could_be_cheaper:
        best = min([best, *_subsets(basket, together)], key=lambda sheet: sheet.total)
    return min([best, *(_sheet(basket, [one]) for one in alone)], key=lambda sheet: sheet.total)


def cheapest(basket: Basket) -> list[Sheet]:
    """Every calculation that has the lowest total, over all subsets of promotions."""
    together, alone = _sides(basket)
    sheets = [_sheet(basket, together), *_subsets(basket, together)]
    sheets += [_sheet(basket, [one]) for one in alone]
    lowest = min(sheet.total for sheet in sheets)
    return [sheet for sheet in sheets if sheet.total == lowest]


def _sides(basket: Basket) -> tuple[list[Scoped], list[Scoped]]:
    found = applicable(basket, quantities(basket.lines))
    together = [each for each in found if not each.campaign.exclusive]
    return together, [each for each in found if each.campaign.exclusive]


def _subsets(basket: Basket, together: list[Scoped]) -> list[Sheet]:
    fixed = [each for each in together if each.campaign.lane in basket.by_priority]
    free = [each for each in together if each.campaign.lane not in basket.by_priority]
    return [_sheet(basket, [*fixed, *some]) for size in range(len(free)) for some in combinations(free, size)]


def _sheet(basket: Basket, promotions: Sequence[Scoped]) -> Sheet:
    sheet = Sheet(basket, [line.market * line.quantity for line in basket.lines])
    sheet.components["base"] = sum(sheet.amounts, Decimal(0))
    for index, line in enumerate(basket.lines):
        sheet.take("daily_price", (line.market - line.daily) * line.quantity, [index])
    take_promotions(sheet, promotions)
    promoted = tuple(sheet.amounts)
    if basket.scene in WITH_DEDUCTIONS:
        take_deductions(sheet, promoted)
    if basket.scene in WITH_CHARGES:
        add_charges(sheet, promoted)
    return sheet
