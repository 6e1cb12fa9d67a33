"""Terms, settlements of orders, and statements. Amounts are minor units of the currency beside them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.currency import Currency
from api.schemas.lists import Query
from api.schemas.values import AnswerBody, BasisPoints, Identifier, Instant, MoneyBody, RequestBody
from domain.ports.projections import LARGEST_PAGE
from domain.settlement.case import HoldReason
from domain.settlement.movements import MovementKind
from domain.settlement.terms import Cycle

_LONGEST_CURSOR = 400
_PartyName = Annotated[Identifier, Field(examples=["merchant:shop-7"])]


class MerchantTermsBody(RequestBody):
    """What is agreed with a merchant: commission on its goods, whose its delivery fees are, its cycle."""

    commission: Annotated[BasisPoints, Field(examples=[500])]
    delivers: bool = True
    cycle: Cycle = Field(default=Cycle.WEEK_LATER, strict=False)


class PartyShareView(AnswerBody):
    """What one party has: the parts, and their sum. What it gives is negative."""

    party: _PartyName
    goods: int
    commission: int
    delivery: int
    charges: int
    reductions: int
    amount: int


class MovementView(AnswerBody):
    """The sale, or what went back of it: what the buyer paid is the sum of all shares."""

    key: str
    kind: MovementKind
    occurred_at: Instant
    buyer: MoneyBody
    shares: list[PartyShareView]


class SettlementView(AnswerBody):
    """How an order's money is divided. While `hold` says something, nothing of it is stated."""

    order_id: str
    order_number: str
    hold: HoldReason | None
    movements: list[MovementView]


class StatementsQuery(Query):
    """Narrows the list to one party: `merchant:<id>`, `platform` or `channel`."""

    party: _PartyName | None = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20
    cursor: Annotated[str | None, StringConstraints(min_length=1, max_length=_LONGEST_CURSOR)] = None


class OpenStatementQuery(Query):
    """Whose entries, and in which currency."""

    party: _PartyName
    currency: Currency


class SumsView(AnswerBody):
    """The parts of all entries, and what they come to."""

    goods: int
    commission: int
    delivery: int
    charges: int
    reductions: int
    amount: int


class StatementEntryView(SumsView):
    """One order's sale or refund, as this party has it."""

    order_id: str
    order_number: str
    key: str
    kind: MovementKind
    occurred_at: Instant


class StatementSummaryView(AnswerBody):
    """A statement without its entries."""

    id: str
    number: int
    party: _PartyName
    currency: Currency
    cycle: Cycle
    period: Annotated[str, Field(examples=["2026-11-20"])]
    drawn_at: Instant
    entry_count: int
    sums: SumsView
    links: dict[str, str]


class StatementView(StatementSummaryView):
    """Every entry of a party for a period, and late ones of earlier periods. It never changes."""

    order_count: int
    entries: list[StatementEntryView]


class StatementPageView(AnswerBody):
    """A page of statements, newest first. `cursor` leads to the next page while `has_more`."""

    items: list[StatementSummaryView]
    has_more: bool
    cursor: str | None


class OpenStatementView(AnswerBody):
    """What the next statements will have, as far as it is known."""

    party: _PartyName
    currency: Currency
    sums: SumsView
    entries: list[StatementEntryView]
