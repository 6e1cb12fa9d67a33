"""The audit log of prices, and figures on how often shown prices hold."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from api.schemas.lists import Query
from api.schemas.values import AnswerBody, Instant, Sku
from domain.ports.catalogue import ChangeSubject
from domain.ports.projections import LARGEST_PAGE

_LARGEST_NUMBER = 2**63 - 1


class PriceChangesQuery(Query):
    """Narrows the log: to one kind of subject, to one subject, to entries older than number `before`."""

    subject: ChangeSubject | None = None
    subject_id: Sku | None = None
    before: Annotated[int | None, Field(ge=1, le=_LARGEST_NUMBER)] = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20


class PriceChangeView(AnswerBody):
    """Who changed what, when, why, from which value to which; null for what was not there."""

    number: int
    changed_at: Instant
    who: str
    why: str
    subject: ChangeSubject
    subject_id: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None


class PriceChangesView(AnswerBody):
    """The newest changes first. While `has_more`, ask with `before` for older ones."""

    items: list[PriceChangeView]
    has_more: bool
    before: int | None


class CheckFiguresView(AnswerBody):
    """Checks of shown prices: how many differed by any amount, asked the buyer, or met an expired snapshot.

    Rates and the largest difference are in basis points.
    """

    checks: int
    differing: int
    differing_rate_bp: int
    asked: int
    expired: int
    expired_rate_bp: int
    largest_difference_bp: int


class PricingFiguresView(AnswerBody):
    """Figures of the last hour."""

    last_hour: CheckFiguresView
