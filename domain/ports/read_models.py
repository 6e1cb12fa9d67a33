"""What people on duty, merchants and finance look at, made from events. All of it may lag by a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from domain.errors import DomainError
from domain.money import Money
from domain.order.whereabouts import Whereabouts
from domain.ports.projections import ProjectionHealth
from domain.review.content import Subject

T = TypeVar("T")
# Where a page ended: the key of its last row, as texts. Opaque to everybody but who gave it.
Cursor = tuple[str, ...]
SHORTEST_BEGINNING = 3
LONGEST_TERM = 200


class UnknownProjectionError(DomainError):
    """There is no projection of this name; `known` are those that there are."""

    code = "projection_not_found"


class TermKind(StrEnum):
    """What a term names by which orders are found."""

    ORDER = "order"
    NUMBER = "number"
    BUYER = "buyer"
    SKU = "sku"
    PAYMENT = "payment"
    REFUND = "refund"
    SHIPMENT = "shipment"
    TRACKING = "tracking"
    RETURN = "return"


def search_term(text: str) -> str:
    """A text in the form in which terms are compared: without outer blanks, upper and lower case alike."""
    return text.strip().casefold()[:LONGEST_TERM]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An order, and by which of its terms it was found."""

    order_id: str
    created_at: datetime
    found_by: tuple[tuple[TermKind, str], ...]


@dataclass(frozen=True, slots=True)
class SalesDay:
    """What a merchant sold on a day (UTC), and what of its goods was paid back on that day."""

    merchant_id: str
    day: date
    orders: int
    units: int
    goods: Money
    refunds: Money


@dataclass(frozen=True, slots=True)
class StockPlace:
    """Where the units of a SKU are, as orders tell it."""

    sku: str
    units: Whereabouts


@dataclass(frozen=True, slots=True)
class PriceStep:
    """One step of a proposal. `content` is what it proposed then: prices, or a promotion, as plain JSON.

    `what` names the event. `skus` is None for all goods of the merchant, who is None for the platform.
    """

    proposal_id: str
    step: int
    position: int
    what: str
    subject: Subject
    merchant_id: str | None
    skus: tuple[str, ...] | None
    content: object
    starts_at: datetime
    ends_at: datetime | None
    by: str
    words: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """A sold line: units and goods as charged, and what of them was paid back until now."""

    order_id: str
    line: int
    number: str
    merchant_id: str
    sku: str
    title: str
    unit_price: Money
    quantity: int
    goods: Money
    refunded_quantity: int
    refunded: Money
    sold_at: datetime
    refunded_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReadPage(Generic[T]):
    """A page of a list. `next` is where to go on, None on the last page."""

    items: tuple[T, ...]
    next: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list is narrowed to; None does not narrow. From is included, until is not."""

    merchant_id: str | None = None
    sku: str | None = None
    order_id: str | None = None
    day_from: date | None = None
    day_until: date | None = None


class ReadModels(Protocol):
    """Lists over what was projected. Each takes a page's `next` as `cursor`, and at most `limit` rows.

    They raise `InvalidValueError` for a limit outside 1..100 and a cursor that they did not give.
    """

    async def search(
        self, text: str, *, beginning: bool = False, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[SearchHit]:
        """Orders named by `text`, or by a term that begins with it (the first 50 of these); newest first."""
        ...

    async def sales_daily(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[SalesDay]:
        """Sales by day, merchant and currency, newest day first; by merchant and days."""
        ...

    async def stock_board(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[StockPlace]:
        """Where units are, by SKU; of all SKUs or one."""
        ...

    async def price_audit(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[PriceStep]:
        """Steps of proposals, newest first; by merchant, and by SKU, proposals for all goods not included."""
        ...

    async def settlement_lines(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[SettlementLine]:
        """Sold lines, newest sale first; by merchant, order, SKU and day of the sale."""
        ...


class Projections(Protocol):
    """The read models themselves: how they are, and letting streams on that a bad event has stopped."""

    async def health(self) -> Sequence[ProjectionHealth]:
        """Every projection's."""
        ...

    async def resume(self, name: str, stream_id: str | None = None) -> Sequence[str]:
        """Replay one parked stream, or all; those that go on again. Raises `UnknownProjectionError`."""
        ...
