"""A price that explains itself: components, who bears them, and the lines that carry them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.money import Money


class Layer(StrEnum):
    """The four layers of a price, in order of calculation (requirement C1)."""

    BASE = "base"
    PROMOTION = "promotion"
    DEDUCTION = "deduction"
    CHARGE = "charge"


class Funder(StrEnum):
    """Who bears a component (requirement C2)."""

    BUYER = "buyer"
    PLATFORM = "platform"
    MERCHANT = "merchant"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Component:
    """One signed part of a price. `per_line` has an entry for each line and sums exactly to `amount`."""

    id: str
    layer: Layer
    label: str
    amount: Money
    funder: Funder
    source: str
    per_line: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class PriceBreakdown:
    """All components in order of calculation; the total is their sum."""

    currency: str
    components: tuple[Component, ...]

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return sum((part.amount for part in self.components), Money.zero(self.currency))

    def sum_of(self, *layers: Layer) -> Money:
        """What these layers add up to."""
        amounts = (part.amount for part in self.components if part.layer in layers)
        return sum(amounts, Money.zero(self.currency))

    def line_totals(self) -> tuple[Money, ...]:
        """What each line is worth after everything that is allocated to it."""
        columns = zip(*(part.per_line for part in self.components), strict=True)
        return tuple(sum(column, Money.zero(self.currency)) for column in columns)
