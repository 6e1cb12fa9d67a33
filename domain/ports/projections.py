"""The query side: what was projected from events. It may lag; the stream itself is the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from domain.errors import InvalidValueError
from domain.money import Money
from domain.order.order import Order
from domain.order.status import OrderStatus, PaymentStatus

LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One order in a list. `lines` counts its lines; the money is zero until the price is agreed."""

    id: str
    version: int
    number: str
    status: OrderStatus
    payment_status: PaymentStatus
    buyer_id: str
    merchants: tuple[str, ...]
    lines: int
    goods: Money
    total: Money
    captured: Money
    refunded: Money
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list is narrowed to; None does not narrow. Created from (included) until (excluded).

    `number` is a whole number, or how it begins.
    """

    status: OrderStatus | None = None
    buyer_id: str | None = None
    merchant_id: str | None = None
    number: str | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderCursor:
    """Where a page ended: creation time and id of its last order."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Newest orders first, ties by id. `next` is where to go on, None on the last page."""

    orders: tuple[OrderSummary, ...]
    next: OrderCursor | None


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """Sums over all orders of one status and currency.

    Asked for one merchant, `lines` and `goods` are that merchant's own; `orders`, `total`, `captured` and
    `refunded` are those of the whole orders in which it sells, what others sell there included.
    """

    status: OrderStatus
    orders: int
    lines: int
    goods: Money
    total: Money
    captured: Money
    refunded: Money


class OrderViews(Protocol):
    """Projected orders."""

    async def get(self, order_id: str) -> Order | None:
        """The order as far as it was projected, or None when it was not yet."""
        ...

    async def list(
        self, narrowed: OrderFilter, cursor: OrderCursor | None = None, limit: int = 20
    ) -> OrderPage:
        """A page of at most `limit` orders after `cursor`. Raises `InvalidValueError` outside 1..100."""
        ...

    async def totals(
        self,
        merchant_id: str | None = None,
        *,
        created_from: datetime | None = None,
        created_until: datetime | None = None,
    ) -> Sequence[OrderTotals]:
        """Sums by status and currency over the orders in which that merchant sells, or over all.

        `OrderTotals` says which of them are the merchant's own.
        """
        ...


class OrderCache(Protocol):
    """Order documents by id, each with its version. A cache that is away answers as if it were empty."""

    async def get(self, order_id: str) -> tuple[int, bytes] | None:
        """Version and bytes of the entry, None when there is none or the cache did not answer in time."""
        ...

    async def put(self, order_id: str, version: int, content: bytes) -> bool:
        """Keep the entry unless a newer one is there. False when the cache did not answer: try again."""
        ...

    async def drop(self, order_id: str) -> bool:
        """Forget the entry. False when the cache did not answer: it goes by itself after ten minutes."""
        ...


@dataclass(frozen=True, slots=True)
class ParkedStream:
    """A stream that a projection has stopped at, with the event that it could not take."""

    projection: str
    order_id: str
    version: int
    position: int
    error: str
    parked_at: datetime


@dataclass(frozen=True, slots=True)
class ProjectionHealth:
    """How far a projection has come. `lag` is the age of its oldest unprocessed event, zero if none."""

    name: str
    position: int
    lag: timedelta
    owner: str | None
    parked: tuple[ParkedStream, ...] = field(default=())


def check_limit(limit: int) -> None:
    """Raise `InvalidValueError` unless a page of that size may be asked for."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidValueError(field="limit", rule=f"1 to {LARGEST_PAGE}")
