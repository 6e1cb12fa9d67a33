"""Reconciliations and their differences in dictionaries. They forget at exit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.reconciliation.compare import ReconciliationWindow
from domain.reconciliation.difference import DifferenceCase, DifferenceStatus
from domain.reconciliation.runs import ReconciliationRun


class MemoryReconciliations:
    """`Reconciliations` in dictionaries."""

    def __init__(self) -> None:
        self._runs: dict[str, ReconciliationRun] = {}
        self._cases: dict[str, DifferenceCase] = {}

    async def save(self, run: ReconciliationRun, cases: Sequence[DifferenceCase]) -> None:
        """See the port."""
        self._runs.setdefault(run.id, run)
        self._cases |= {case.difference.id: case for case in cases}

    async def run(self, run_id: str) -> ReconciliationRun | None:
        """See the port."""
        return self._runs.get(run_id)

    async def runs(self, limit: int = 20) -> Sequence[ReconciliationRun]:
        """See the port."""
        newest = sorted(self._runs.values(), key=lambda run: run.id)
        newest.sort(key=lambda run: run.run_at, reverse=True)
        return tuple(newest[:limit])

    async def cases(self, difference_ids: Collection[str]) -> Mapping[str, DifferenceCase]:
        """See the port."""
        return {name: self._cases[name] for name in difference_ids if name in self._cases}

    async def open_in(self, provider: str, window: ReconciliationWindow) -> Sequence[DifferenceCase]:
        """See the port."""
        found = [
            case
            for case in self._cases.values()
            if case.status is DifferenceStatus.OPEN
            and case.difference.provider == provider
            and window.holds(case.difference.line.occurred_at)
        ]
        return tuple(sorted(found, key=lambda case: (case.difference.line.occurred_at, case.difference.id)))

    async def decide(self, case: DifferenceCase) -> bool:
        """See the port."""
        known = self._cases.get(case.difference.id)
        if known is None or known.status is not DifferenceStatus.OPEN:
            return False
        self._cases[case.difference.id] = case
        return True

    async def reconciled_until(self, provider: str) -> datetime | None:
        """See the port."""
        ends = [run.window.until for run in self._runs.values() if run.provider == provider]
        return max(ends, default=None)
