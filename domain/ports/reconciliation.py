"""Money that moved as our events have it, and what reconciliations found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.reconciliation.compare import ReconciliationWindow
from domain.reconciliation.difference import DifferenceCase
from domain.reconciliation.ledger import BookedLine
from domain.reconciliation.runs import ReconciliationRun


class PaymentLedger(Protocol):
    """Our side of a reconciliation, filled by `SettlementBook.record`; the newest word on a line counts."""

    async def lines(self, provider: str, since: datetime, until: datetime) -> Sequence[BookedLine]:
        """Movements at this provider with `since` <= their time < `until`, oldest first."""
        ...

    async def of_payments(self, payment_keys: Collection[str]) -> Sequence[BookedLine]:
        """All movements of these payments, whenever they were."""
        ...


class Reconciliations(Protocol):
    """Runs and the differences that they found. A difference that is found again keeps its id."""

    async def save(self, run: ReconciliationRun, cases: Sequence[DifferenceCase]) -> None:
        """Keep a run, and the cases as they are after it, in one transaction."""
        ...

    async def run(self, run_id: str) -> ReconciliationRun | None:
        """That run, or None."""
        ...

    async def runs(self, limit: int = 20) -> Sequence[ReconciliationRun]:
        """The newest runs first."""
        ...

    async def cases(self, difference_ids: Collection[str]) -> Mapping[str, DifferenceCase]:
        """Those of these differences that were ever found, by id."""
        ...

    async def open_in(self, provider: str, window: ReconciliationWindow) -> Sequence[DifferenceCase]:
        """Open differences whose line lies in this window."""
        ...

    async def decide(self, case: DifferenceCase) -> bool:
        """Close an open difference; False, and nothing changes, when it is not open any more."""
        ...

    async def reconciled_until(self, provider: str) -> datetime | None:
        """The end of the latest window that was reconciled, None before the first."""
        ...
