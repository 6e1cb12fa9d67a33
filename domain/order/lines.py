"""One line of an order: a SKU by id, how many, at what price. A value, fixed once the order is placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.catalogue.items import Category
from domain.errors import InvalidValueError
from domain.money import Money

LARGEST_QUANTITY = 9_999
MOST_LINES = 1_000


@dataclass(frozen=True, slots=True)
class OrderLine:
    """`quantity` units of `sku` sold by `merchant_id` at `unit_price` each; `line` counts from 1.

    The same SKU may stand on several lines. Raises `InvalidValueError` outside 1..9,999 units, for a line
    below 1 and for a negative unit price.
    """

    line: int
    sku: str
    merchant_id: str
    title: str
    category: Category
    quantity: int
    unit_price: Money

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= LARGEST_QUANTITY:
            raise InvalidValueError(field="quantity", rule=f"1 to {LARGEST_QUANTITY}")
        if self.line < 1:
            raise InvalidValueError(field="line", rule="counts from 1")
        if self.unit_price.amount < 0:
            raise InvalidValueError(field="unit_price", rule="cannot be negative")

    @property
    def amount(self) -> Money:
        """Price of the whole line, before anything that belongs to the order as a whole."""
        return self.unit_price * self.quantity


def is_spread(parts: Sequence[int], goods: Money, lines: Sequence[OrderLine]) -> bool:
    """True when `parts` are what each line's goods cost and sum to `goods`, or when nobody has said so."""
    if not parts:
        return True
    return len(parts) == len(lines) and min(parts) >= 0 and sum(parts) == goods.amount
