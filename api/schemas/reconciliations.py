"""Reconciliations of a provider's report against our ledger, and what they found."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.lists import Query
from api.schemas.values import AnswerBody, Identifier, Instant, Moment, MoneyBody, RequestBody, Title
from domain.payment.facts import FactKind
from domain.ports.projections import LARGEST_PAGE
from domain.reconciliation.difference import DifferenceStatus, Fault


class ReconcileBody(RequestBody):
    """Compare what moved from `since` (included) to `until` (excluded), at most 31 days, nothing to come."""

    since: Moment
    until: Moment
    provider: Annotated[Identifier, Field(examples=["sandbox"])] = "sandbox"


class ParkBody(RequestBody):
    """Why the difference may stay."""

    note: Annotated[Title, Field(examples=["Their report lacks the line; confirmed by telephone."])]


class ReconciliationsQuery(Query):
    """How many runs to show."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20


class MoneyLineView(AnswerBody):
    """One side's word."""

    kind: FactKind
    amount: MoneyBody
    occurred_at: Instant
    refund_key: str


class DifferenceView(AnswerBody):
    """One difference and what became of it. A side without the line is null."""

    id: str
    fault: Fault
    payment_key: str
    order_id: str | None
    ours: MoneyLineView | None
    theirs: MoneyLineView | None
    status: DifferenceStatus
    note: str
    decided_by: str
    decided_at: Instant | None
    links: dict[str, str]


class ReconciliationSummaryView(AnswerBody):
    """One run: the window, how many lines each side had in it, how many differences there were."""

    id: str
    provider: str
    since: Instant
    until: Instant
    run_at: Instant
    run_by: str
    lines_here: int
    lines_there: int
    difference_count: int
    links: dict[str, str]


class ReconciliationView(ReconciliationSummaryView):
    """A run with its differences as they stand now."""

    differences: list[DifferenceView]


class ReconciliationsView(AnswerBody):
    """The newest runs first."""

    items: list[ReconciliationSummaryView]
