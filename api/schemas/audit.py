"""The audit: what may be asked, and what comes back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.lists import Query
from api.schemas.values import AnswerBody, Instant


class AuditQuery(Query):
    """How many entries to show, the oldest first; only those later than position `after`."""

    limit: Annotated[int, Field(ge=1, le=1_000)] = 1_000
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0


class AuditEntryView(AnswerBody):
    """One event as an answer to who, when and why.

    `why` is the step that caused it, or what was said about a price; `caused_by` is the request, callback or
    workflow behind that step. Money in `change` is in minor units.
    """

    stream_id: str
    version: int
    position: int
    what: Annotated[str, Field(examples=["PaymentConfirmed"])]
    change: str
    who: str
    why: str
    caused_by: str
    workflow_id: str
    run_id: str
    trace_id: str
    occurred_at: Instant
    recorded_at: Instant


class AuditTrailView(AnswerBody):
    """What happened, oldest first."""

    items: list[AuditEntryView]
    has_more: bool
