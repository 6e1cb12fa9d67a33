"""A price that explains itself: components, who bears them, and the lines that carry them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter

from domain.errors import InvalidValueError
from domain.money import Money, total


class Layer(StrEnum):
    """The four layers of a price, in order of calculation (requirement C1)."""

    BASE = "base"
    PROMOTION = "promotion"
    DEDUCTION = "deduction"
    CHARGE = "charge"


GOODS = (Layer.BASE, Layer.PROMOTION, Layer.DEDUCTION)
_SHARE = itemgetter(1)


class Funder(StrEnum):
    """Who bears a component (requirement C2)."""

    BUYER = "buyer"
    PLATFORM = "platform"
    MERCHANT = "merchant"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Component:
    """One signed part of a price.

    `id` is stable, such as `promotion:pro_7`; `kind` is its type, such as `flash_sale`; `label` is a key for
    people's words. `shares` says which lines carry it: pairs of line number (from 1) and minor units, by
    line, each line at most once; they sum exactly to `amount`. `base` is what a percentage was taken of.
    Raises `InvalidValueError` when the shares do not sum up.
    """

    id: str
    layer: Layer
    kind: str
    label: str
    amount: Money
    funder: Funder
    source: str
    shares: tuple[tuple[int, int], ...]
    base: Money | None = None

    def __post_init__(self) -> None:
        if sum(map(_SHARE, self.shares)) != self.amount.amount:
            raise InvalidValueError(field="shares", rule="sum up to the amount")


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a waterfall: what it changes, and what the price is after it."""

    label: str
    amount: Money
    running: Money


@dataclass(frozen=True, slots=True)
class PriceBreakdown:
    """All components in order of calculation, over `line_count` lines; the total is their sum."""

    currency: str
    line_count: int
    components: tuple[Component, ...]

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return total((part.amount for part in self.components), self.currency)

    def sum_of(self, *layers: Layer) -> Money:
        """What these layers add up to."""
        return total((part.amount for part in self.components if part.layer in layers), self.currency)

    def sum_of_kind(self, kind: str) -> Money:
        """What the components of this kind add up to."""
        return total((part.amount for part in self.components if part.kind == kind), self.currency)

    def line_totals(self) -> tuple[Money, ...]:
        """What each line is worth after everything that is allocated to it; they sum to the total."""
        return self._by_line(self.components)

    def line_goods(self) -> tuple[Money, ...]:
        """What each line's goods cost after promotions and deductions, without charges."""
        return self._by_line(part for part in self.components if part.layer in GOODS)

    def steps(self) -> tuple[Step, ...]:
        """The components as a staircase from nothing to the total."""
        steps, running = [], Money.zero(self.currency)
        for part in self.components:
            running += part.amount
            steps.append(Step(part.label, part.amount, running))
        return tuple(steps)

    def _by_line(self, components: Iterable[Component]) -> tuple[Money, ...]:
        sums = [0] * self.line_count
        for part in components:
            for line, share in part.shares:
                sums[line - 1] += share
        return tuple(Money(amount, self.currency) for amount in sums)
