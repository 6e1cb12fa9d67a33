"""The calculation in decimals: four layers, and the search for the lowest total.

`price` looks further only where leaving promotions out could pay; `cheapest` tries every subset: the oracle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

from benchmarks.pricing_baseline.book import Basket, Campaign
from benchmarks.pricing_baseline.charges import add_charges
from benchmarks.pricing_baseline.deductions import take_deductions
from benchmarks.pricing_baseline.lanes import take_promotions
from benchmarks.pricing_baseline.offers import Scoped, applicable, quantities
from benchmarks.pricing_baseline.rounding import split
from domain.pricing.request import Scene

WITH_DEDUCTIONS = frozenset({Scene.CART, Scene.CHECKOUT})
WITH_CHARGES = frozenset({Scene.ORDER, Scene.CHECKOUT})


@dataclass(slots=True)
class Part:
    """A signed part of a price, and what each line that it concerns carries of it."""

    amount: Decimal
    shares: dict[int, Decimal]


@dataclass(slots=True)
class Sheet:
    """A price in the making: what each line costs so far, and the signed parts by name.

    `could_be_cheaper` is set when a threshold is missed that the daily prices reach, when bundles compete,
    and where something sees only a part of the goods over which a threshold's reduction was `divided`.
    `prices` are those of one after the item lane, `used` the SKUs that earned each promotion, and `missed`
    how far the goods of a threshold got, with what came off them.
    """

    basket: Basket
    amounts: list[Decimal]
    units: Mapping[str, int]
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    used: dict[str, set[str]] = field(default_factory=dict)
    missed: list[tuple[Campaign, Decimal, Decimal]] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)
    divided: list[frozenset[int]] = field(default_factory=list)
    could_be_cheaper: bool = False

    @property
    def total(self) -> Decimal:
        """The sum of all parts."""
        return sum((part.amount for part in self.parts.values()), Decimal(0))

    def add(self, name: str, amount: Decimal, lines: Sequence[int], weights: Sequence[Decimal]) -> None:
        """A signed part on these lines by these weights."""
        if not amount:
            return
        shares = split(abs(amount), weights, self.basket.unit)
        if amount < 0:
            shares = [-share for share in shares]
        part = self.parts.setdefault(name, Part(Decimal(0), {}))
        part.amount += amount
        for index, share in zip(lines, shares, strict=True):
            if share:
                self.amounts[index] += share
                part.shares[index] = part.shares.get(index, Decimal(0)) + share

    def take(self, name: str, reduction: Decimal, lines: Sequence[int]) -> None:
        """A reduction on these lines by what they cost now."""
        self.add(name, -reduction, lines, [self.amounts[index] for index in lines])

    def uses(self, campaign: Campaign, skus: set[str]) -> None:
        """These SKUs earned this promotion."""
        self.used.setdefault(campaign.id, set()).update(skus)

    def sees(self, lines: Sequence[int]) -> None:
        """Something is tested on these lines, or taken of them."""
        some = frozenset(lines)
        if any(each & some and each - some for each in self.divided):
            self.could_be_cheaper = True

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
    amounts = [line.market * line.quantity for line in basket.lines]
    sheet = Sheet(basket, amounts, quantities(basket.lines))
    sheet.parts["base"] = Part(sum(sheet.amounts, Decimal(0)), dict(enumerate(sheet.amounts)))
    for index, line in enumerate(basket.lines):
        sheet.take("daily_price", (line.market - line.daily) * line.quantity, [index])
    take_promotions(sheet, promotions)
    promoted = tuple(sheet.amounts)
    if basket.scene in WITH_DEDUCTIONS:
        take_deductions(sheet, promoted)
    if basket.scene in WITH_CHARGES:
        add_charges(sheet, promoted)
    return sheet
