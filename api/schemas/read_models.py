"""Search, sales by day, the stock board, the price audit, settlement lines; how read models are doing."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.schemas.lists import Query
from api.schemas.values import AnswerBody, Identifier, Instant, MoneyBody, RequestBody, Sku
from domain.ports.projections import LARGEST_PAGE
from domain.ports.read_models import LONGEST_TERM, TermKind
from domain.review.content import Subject

_LONGEST_CURSOR = 1_000
_Cursor = Annotated[str | None, StringConstraints(min_length=1, max_length=_LONGEST_CURSOR)]
_Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE)]
_Sought = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_TERM, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(examples=["5PQPV-QTMKXK", "5PQPV*"]),
]


class SearchQuery(Query):
    """What somebody has of an order: a number, a payment key, a tracking number. A star ends a beginning."""

    q: _Sought
    limit: _Limit = 20
    cursor: _Cursor = None


class DailySalesQuery(Query):
    """Narrows sales to a merchant and to days (UTC), from (included) to (excluded)."""

    merchant_id: Identifier | None = None
    day_from: date | None = None
    day_to: date | None = None
    limit: _Limit = 20
    cursor: _Cursor = None


class StockBoardQuery(Query):
    """Narrows the board to one SKU."""

    sku: Sku | None = None
    limit: _Limit = 20
    cursor: _Cursor = None


class PriceAuditQuery(Query):
    """Narrows the steps to a SKU and a merchant."""

    sku: Sku | None = None
    merchant_id: Identifier | None = None
    limit: _Limit = 20
    cursor: _Cursor = None


class SettlementLinesQuery(Query):
    """Narrows sold lines to a merchant, an order, a SKU and the days (UTC) of the sale."""

    merchant_id: Identifier | None = None
    order_id: Identifier | None = None
    sku: Sku | None = None
    day_from: date | None = None
    day_to: date | None = None
    limit: _Limit = 20
    cursor: _Cursor = None


class FoundByView(AnswerBody):
    """A term of the order that was asked for."""

    kind: TermKind
    term: str


class SearchHitView(AnswerBody):
    """An order that was found."""

    order_id: str
    created_at: Instant
    found_by: list[FoundByView]
    links: dict[str, str]


class _Page(AnswerBody):
    has_more: bool
    cursor: str | None


class SearchPageView(_Page):
    """Orders that were found, newest first."""

    items: list[SearchHitView]


class SalesDayView(AnswerBody):
    """What a merchant sold on a day, and what of its goods was paid back on that day."""

    merchant_id: str
    day: date
    currency: str
    orders: int
    units: int
    goods: MoneyBody
    refunds: MoneyBody


class SalesDaysView(_Page):
    """Sales by day, merchant and currency, newest day first."""

    items: list[SalesDayView]


class StockPlaceView(AnswerBody):
    """Units of a SKU by where they are, as orders tell it."""

    sku: str
    reserved: int
    to_send: int
    on_the_way: int
    delivered: int
    returned: int


class StockBoardView(_Page):
    """Where units are, by SKU."""

    items: list[StockPlaceView]


class PriceStepView(AnswerBody):
    """A step of a proposal, with what it proposed then: prices, or a promotion."""

    proposal_id: str
    step: int
    position: int
    what: str
    subject: Subject
    merchant_id: str | None
    skus: list[str] | None
    content: Any
    starts_at: Instant
    ends_at: Instant | None
    by: str
    words: str
    occurred_at: Instant
    links: dict[str, str]


class PriceAuditView(_Page):
    """Who wanted and set which price or promotion when, newest first."""

    items: list[PriceStepView]


class SettlementLineView(AnswerBody):
    """A sold line: units and goods as charged, and what of them was paid back until now."""

    order_id: str
    order_number: str
    line: int
    merchant_id: str
    sku: str
    title: str
    unit_price: MoneyBody
    quantity: int
    goods: MoneyBody
    refunded_quantity: int
    refunded: MoneyBody
    sold_at: Instant
    refunded_at: Instant | None


class SettlementLinesView(_Page):
    """Sold lines, newest sale first."""

    items: list[SettlementLineView]


class ParkedView(AnswerBody):
    """A stream that a read model has stopped at, and the event that it could not take."""

    stream_id: str
    version: int
    position: int
    error: str
    parked_at: Instant


class ProjectionView(AnswerBody):
    """How a read model is: up to which position, the age of what it has not seen, what it has stopped at."""

    name: str
    position: int
    lag_seconds: float
    owner: str | None
    parked: list[ParkedView]
    links: dict[str, str]


class ProjectionsView(AnswerBody):
    """All read models."""

    items: list[ProjectionView]


class ResumeBody(RequestBody):
    """Which stream to let on; all that are parked when none is named."""

    stream_id: Identifier | None = None


class ResumedView(AnswerBody):
    """The streams that go on again; one whose event is still bad is parked again and not among them."""

    resumed: list[str]
