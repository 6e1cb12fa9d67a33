"""Who did what, when, why, and what caused it: answered from what the events say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class AuditSubject(StrEnum):
    """What can be asked about: an order, a refund by its key, the price of a SKU."""

    ORDER = "order"
    REFUND = "refund"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One event as an answer to who, when, why. Ids are empty when unknown; `change` is one short line.

    `why` is the step that caused it, or what was said about a price; `caused_by` the request, callback or
    workflow behind that step.
    """

    stream_id: str
    version: int
    position: int
    what: str
    change: str
    who: str
    why: str
    caused_by: str
    workflow_id: str
    run_id: str
    trace_id: str
    occurred_at: datetime
    recorded_at: datetime


class AuditTrail(Protocol):
    """The audit answer, each from one look-up in one index."""

    async def of(
        self,
        subject: AuditSubject,
        id: str,  # noqa: A002 - it is one
        limit: int = 1_000,
        *,
        after: int = 0,
    ) -> Sequence[AuditEntry]:
        """What happened to it later than position `after`, oldest first; empty when nothing did."""
        ...
