"""The daily reconciliation, as its schedule has it done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from temporalio import activity

from activities.reconciliation_desk import FoundRun, ReconciliationDesk
from domain.ports.notices import Alert, AlertLevel, Notices
from domain.reconciliation.compare import ReconciliationWindow
from domain.reconciliation.difference import DifferenceStatus

# What is younger may still be on its way to us.
_SETTLED_AFTER: Final = timedelta(minutes=10)
_FIRST: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ReconciliationActivities:
    """Goes on where the last one ended, so that a day that was missed is made up for."""

    desk: ReconciliationDesk
    notices: Notices

    @activity.defn(name="reconcile_payments")
    async def reconcile_payments(self, now: datetime) -> int:
        """Reconcile every provider up to now; how many open differences there are in the windows.

        A provider that does not answer keeps none of the others from it, and is asked again next time.
        """
        runs = []
        failures = []
        for provider in sorted(self.desk.reports):
            try:
                runs.append(await self._reconcile(provider, now))
            except Exception as error:  # noqa: BLE001 - the other providers must not miss theirs
                failures.append(error)
        if failures:
            raise ExceptionGroup("some providers could not be reconciled", failures)
        return sum(runs)

    async def _reconcile(self, provider: str, now: datetime) -> int:
        until, opened = now - _SETTLED_AFTER, 0
        since = await self.desk.reconciliations.reconciled_until(provider) or until - _FIRST
        while since < until:
            window = ReconciliationWindow(since, min(until, since + _LONGEST))
            found = await self.desk.reconcile(provider, window, now)
            opened += await self._told(found)
            since = window.until
        return opened

    async def _told(self, found: FoundRun) -> int:
        opened = sum(case.status is DifferenceStatus.OPEN for case in found.cases)
        if opened:
            await self._alert(found, opened)
        return opened

    async def _alert(self, found: FoundRun, opened: int) -> None:
        facts = (("reconciliation", found.run.id), ("open", str(opened)))
        key = f"reconciliation:{found.run.id}"
        await self.notices.raise_alert(
            Alert(key, AlertLevel.HIGH, "reconciliation_differs", found.run.provider, facts)
        )
