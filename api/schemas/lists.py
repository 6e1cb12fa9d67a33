"""Lists: what may be asked, and what comes back."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.values import AnswerBody, Identifier, Instant, Moment, MoneyBody
from domain.order.status import OrderStatus, PaymentStatus
from domain.ports.notices import AlertLevel
from domain.ports.projections import LARGEST_PAGE

_PAGE = 20
_LONGEST_CURSOR = 400


class Query(BaseModel):
    """Base of query strings: texts become values, and unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OrdersQuery(Query):
    """Narrows the list of orders; created from (included) to (excluded). `number` may be how one begins."""

    status: OrderStatus | None = None
    buyer_id: Identifier | None = None
    merchant_id: Identifier | None = None
    number: Identifier | None = None
    created_from: AwareDatetime | None = None
    created_to: AwareDatetime | None = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = _PAGE
    cursor: Annotated[str | None, StringConstraints(min_length=1, max_length=_LONGEST_CURSOR)] = None


class PastQuery(Query):
    """As it was at a version, or as it was known `at` a moment."""

    version: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    at: Moment | None = None


class EventsQuery(PastQuery):
    """A stretch of a stream's events: later than version `after`, no further than the past that is named."""

    after: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=1_000)] = 1_000


class StreamQuery(Query):
    """Where a stream of an order's events begins: later than version `after`."""

    after: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class SalesQuery(Query):
    """Narrows sums to one merchant and a time."""

    merchant_id: Identifier | None = None
    created_from: AwareDatetime | None = None
    created_to: AwareDatetime | None = None


class AlertsQuery(Query):
    """How many alerts to show."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE


class OrderQuery(PastQuery):
    """`wait=20s` holds the answer back until there is news, at most 30 s; nobody waits for the past."""

    wait: Annotated[str, StringConstraints(pattern=r"^([0-9]|[12][0-9]|30)s$")] = "0s"


class OrderSummaryView(AnswerBody):
    """One order in a list. It may lag behind the order itself by a moment."""

    id: str
    number: str
    status: OrderStatus
    payment_status: PaymentStatus
    buyer_id: str
    merchants: list[str]
    lines: int
    goods: MoneyBody
    total: MoneyBody
    captured: MoneyBody
    refunded: MoneyBody
    created_at: Instant
    updated_at: Instant
    version: int
    links: dict[str, str]


class OrderPageView(AnswerBody):
    """A page of orders, newest first. `cursor` leads to the next page while `has_more`."""

    items: list[OrderSummaryView]
    has_more: bool
    cursor: str | None


class EventView(AnswerBody):
    """One event as the store has it."""

    version: int
    position: int
    type: str
    schema_version: int
    data: dict[str, Any]
    occurred_at: Instant
    recorded_at: Instant
    command_key: str
    metadata: dict[str, str]


class EventPageView(AnswerBody):
    """Events of one order in order."""

    items: list[EventView]


class SalesSumView(AnswerBody):
    """Sums over the orders of one status and currency.

    Asked for one merchant, `lines` and `goods` are its own; `orders`, `total`, `captured` and `refunded` are
    those of the whole orders in which it sells.
    """

    status: OrderStatus
    currency: str
    orders: int
    lines: int
    goods: MoneyBody
    total: MoneyBody
    captured: MoneyBody
    refunded: MoneyBody


class SalesView(AnswerBody):
    """Sums over orders; money stays apart by status and currency."""

    orders: int
    lines: int
    by: list[SalesSumView]


class AlertView(AnswerBody):
    """Something that needs a person."""

    key: str
    level: AlertLevel
    code: str
    order_id: str
    facts: dict[str, str]


class AlertPageView(AnswerBody):
    """The newest alerts first."""

    items: list[AlertView]
