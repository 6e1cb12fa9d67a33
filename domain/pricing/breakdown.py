"""A price that explains itself: components, who bears them, and the lines that carry them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import InvalidValueError
from domain.money import Money, total


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
    """One signed part of a price. `per_line` has an entry for each line and sums exactly to `amount`.

    Raises `InvalidValueError` when it does not.
    """

    id: str
    layer: Layer
    label: str
    amount: Money
    funder: Funder
    source: str
    per_line: tuple[Money, ...]

    def __post_init__(self) -> None:
        if total(self.per_line, self.amount.currency) != self.amount:
            raise InvalidValueError(field="per_line", rule="sums to the amount")


@dataclass(frozen=True, slots=True)
class PriceBreakdown:
    """All components in order of calculation; the total is their sum."""

    currency: str
    components: tuple[Component, ...]

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return total((part.amount for part in self.components), self.currency)

    def sum_of(self, *layers: Layer) -> Money:
        """What these layers add up to."""
        return total((part.amount for part in self.components if part.layer in layers), self.currency)

    def line_totals(self) -> tuple[Money, ...]:
        """What each line is worth after everything that is allocated to it."""
        columns = zip(*(part.per_line for part in self.components), strict=True)
        return tuple(total(column, self.currency) for column in columns)
