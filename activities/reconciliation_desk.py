"""Reconciles providers' reports with our ledger, and repairs or parks what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from activities.repairing import Repairs
from activities.settlement_desk import SettlementDesk
from domain.payment.facts import FactKind
from domain.ports.payments import PaymentGateway, PaymentReports, ReportLine
from domain.ports.reconciliation import PaymentLedger, Reconciliations
from domain.reconciliation.compare import ReconciliationWindow, compare
from domain.reconciliation.difference import (
    Difference,
    DifferenceCase,
    DifferenceClosedError,
    DifferenceNotFoundError,
    DifferenceStatus,
    Fault,
)
from domain.reconciliation.ledger import BookedLine, shown_refund_key
from domain.reconciliation.runs import ReconciliationNotFoundError, ReconciliationRun

# How far the two sides' times of one movement may lie apart without a question to the provider.
GRACE: Final = timedelta(hours=1)
# How long the feed is read before a reconciliation, so that what was just told is known.
_READING: Final = timedelta(seconds=20)
_SYSTEM: Final = "system"


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run, and its differences as they stand now."""

    run: ReconciliationRun
    cases: tuple[DifferenceCase, ...]


@dataclass(frozen=True, slots=True)
class ReconciliationDesk:
    """Compares and writes down; nothing is repaired unless somebody asks for it."""

    settling: SettlementDesk
    ledger: PaymentLedger
    reconciliations: Reconciliations
    reports: Mapping[str, PaymentReports]
    gateways: Mapping[str, PaymentGateway]

    async def reconcile(
        self, provider: str, window: ReconciliationWindow, now: datetime, by: str = _SYSTEM
    ) -> FoundRun:
        """Compare the window; what a former run found and this one does not is gone.

        Raises `PaymentOutcomeUnknownError` when the provider does not answer; then nothing is written.
        """
        await self.settling.catch_up(_READING)
        theirs = list(await self.reports[provider].report(window.since, window.until))
        ours = await self._ours(provider, window, theirs)
        found = compare(provider, window, ours, theirs)
        if found:
            # Perhaps the two sides only differ about when it was.
            theirs += await self._beside(provider, window)
            ours = await self._ours(provider, window, theirs)
            found = compare(provider, window, ours, theirs)
        found = tuple([each for each in found if not await self._elsewhen(each, window)])
        known = await self.reconciliations.cases([each.id for each in found])
        cases = [_seen(each, known.get(each.id)) for each in found]
        run = ReconciliationRun(
            id=_run_id(provider, window, now),
            provider=provider,
            window=window,
            run_at=now,
            by=by,
            ours=sum(window.holds(line.occurred_at) for line in ours),
            theirs=sum(window.holds(line.occurred_at) for line in theirs),
            differences=tuple(each.id for each in found),
        )
        await self.reconciliations.save(run, [*cases, *await self._gone(run, now)])
        return FoundRun(run, tuple(cases))

    async def find(self, run_id: str) -> FoundRun:
        """A run with its differences. Raises `ReconciliationNotFoundError`."""
        run = await self.reconciliations.run(run_id)
        if run is None:
            raise ReconciliationNotFoundError(reconciliation_id=run_id)
        cases = await self.reconciliations.cases(run.differences)
        return FoundRun(run, tuple(cases[name] for name in run.differences))

    async def repair(
        self, run_id: str, difference_id: str, repairs: Repairs, by: str, now: datetime
    ) -> DifferenceCase:
        """Do what brings the two sides together. One that was repaired already gives the same answer.

        Raises `DifferenceNotFoundError`, `DifferenceClosedError`, `NothingToRepairError`, and what the
        provider and the orders raise. The next run tells whether it has helped.
        """
        case = await self._case(run_id, difference_id)
        if case.status is not DifferenceStatus.OPEN:
            return case.closed(DifferenceStatus.REPAIRED, "", by, now)
        note = await repairs.repair(case.difference, now)
        return await self._decide(case.closed(DifferenceStatus.REPAIRED, note, by, now))

    async def park(
        self, run_id: str, difference_id: str, note: str, by: str, now: datetime
    ) -> DifferenceCase:
        """Put a difference aside, with the reason. Raises as `repair` does for one that is not open."""
        case = await self._case(run_id, difference_id)
        closed = case.closed(DifferenceStatus.PARKED, note, by, now)
        return closed if closed is case else await self._decide(closed)

    async def _ours(
        self, provider: str, window: ReconciliationWindow, theirs: Sequence[ReportLine]
    ) -> tuple[BookedLine, ...]:
        """Our lines around the window, and those of all payments that the provider speaks of."""
        near = await self.ledger.lines(provider, window.since - GRACE, window.until + GRACE)
        named = await self.ledger.of_payments({line.payment_key for line in theirs})
        return tuple(dict.fromkeys([*near, *named]))

    async def _beside(self, provider: str, window: ReconciliationWindow) -> list[ReportLine]:
        """What the provider reports of the time just before and just after the window."""
        report = self.reports[provider].report
        before = await report(window.since - GRACE, window.since)
        return [*before, *await report(window.until, window.until + GRACE)]

    async def _elsewhen(self, found: Difference, window: ReconciliationWindow) -> bool:
        """True when the provider has a line that it did not report because of its time, far from ours."""
        if found.fault is not Fault.MISSING_THERE:
            return False
        facts = await self.gateways[found.provider].query_payment(found.payment_key)
        times = [
            fact.occurred_at
            for fact in facts
            if fact.kind is found.line.kind
            and (
                fact.kind is not FactKind.REFUNDED
                or shown_refund_key(fact.refund_key) == found.line.refund_key
            )
        ]
        return bool(times) and not any(window.since - GRACE <= at < window.until + GRACE for at in times)

    async def _gone(self, run: ReconciliationRun, now: datetime) -> list[DifferenceCase]:
        still = await self.reconciliations.open_in(run.provider, run.window)
        return [
            case.closed(DifferenceStatus.GONE, "", _SYSTEM, now)
            for case in still
            if case.difference.id not in run.differences
        ]

    async def _case(self, run_id: str, difference_id: str) -> DifferenceCase:
        run = await self.reconciliations.run(run_id)
        if run is None:
            raise ReconciliationNotFoundError(reconciliation_id=run_id)
        cases = await self.reconciliations.cases([difference_id])
        if difference_id not in run.differences:
            raise DifferenceNotFoundError(difference_id=difference_id)
        return cases[difference_id]

    async def _decide(self, case: DifferenceCase) -> DifferenceCase:
        if await self.reconciliations.decide(case):
            return case
        now = (await self.reconciliations.cases([case.difference.id]))[case.difference.id]
        if now.status is not case.status:
            raise DifferenceClosedError(status=now.status.value)
        return now


def _seen(found: Difference, known: DifferenceCase | None) -> DifferenceCase:
    return known.found_again(found) if known else DifferenceCase(found)


def _run_id(provider: str, window: ReconciliationWindow, now: datetime) -> str:
    named = f"{provider}\n{window.since.isoformat()}\n{window.until.isoformat()}\n{now.isoformat()}"
    return f"rec_{sha256(named.encode()).hexdigest()[:24]}"
