"""A hold on goods: all lines or none, resolved exactly once (domain rule 5). Counting is the ledger's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import InvalidValueError
from domain.stock.allowance import Allowance


class HoldStatus(StrEnum):
    """Where a hold stands. An order's hold became of a converted one, which is final like restocked ones;
    what was released or has expired may still be taken again by a late payment.
    """

    ACTIVE = "active"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    EXPIRED = "expired"
    RESTOCKED = "restocked"
    CONVERTED = "converted"


class HoldKind(StrEnum):
    """What a hold is for: a cart that may become an order, or an order that waits for money."""

    CART = "cart"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class StockLine:
    """`quantity` units of one SKU."""

    sku: str
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise InvalidValueError(field="quantity", rule="at least 1")


@dataclass(frozen=True, slots=True)
class Shortage:
    """A SKU of which less is available than wanted; with `allowance`, that is short and not the goods."""

    sku: str
    wanted: int
    available: int
    allowance: Allowance | None = None


def in_lock_order(lines: Iterable[StockLine]) -> tuple[StockLine, ...]:
    """Each SKU once with its whole quantity, sorted: everybody locks in this order, so nobody deadlocks."""
    wanted: Counter[str] = Counter()
    for line in lines:
        wanted[line.sku] += line.quantity
    return tuple(StockLine(sku, wanted[sku]) for sku in sorted(wanted))
