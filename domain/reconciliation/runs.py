"""One reconciliation of a provider's report against our ledger, for the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.errors import DomainError
from domain.reconciliation.compare import ReconciliationWindow


class ReconciliationNotFoundError(DomainError):
    """There was no such reconciliation."""

    code = "reconciliation_not_found"


@dataclass(frozen=True, slots=True)
class ReconciliationRun:
    """What was compared: how many lines in the window each side had, and the differences by id."""

    id: str
    provider: str
    window: ReconciliationWindow
    run_at: datetime
    by: str
    ours: int
    theirs: int
    differences: tuple[str, ...] = ()
