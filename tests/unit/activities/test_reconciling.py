"""What the reconciliation desk and its chore do besides comparing, over fakes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from activities.reconciliation import ReconciliationActivities
from activities.reconciliation_desk import FoundRun, ReconciliationDesk
from activities.repairing import NothingToRepairError, Repairs
from adapters.memory.notices import MemoryNotices
from adapters.memory.payments import MemoryCallbackInbox, MemoryPaymentAttempts
from adapters.memory.reconciliation import MemoryReconciliations
from adapters.memory.settlement import MemoryPaymentLedger
from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import PaymentOutcomeUnknownError, RefundRequest, ReportLine
from domain.ports.settlement import FeedStretch
from domain.reconciliation.compare import ReconciliationWindow
from domain.reconciliation.difference import (
    Difference,
    DifferenceClosedError,
    DifferenceNotFoundError,
    DifferenceStatus,
    Fault,
    MoneyLine,
)
from domain.reconciliation.ledger import BookedLine
from domain.reconciliation.runs import ReconciliationNotFoundError
from tests.unit.activities.test_settling import Settling

NOON = datetime.fromisoformat("2026-11-02T12:00:00+00:00")
HOUR = timedelta(hours=1)
DAY = ReconciliationWindow(NOON - 24 * HOUR, NOON)
TEN = Money(1_000, "CNY")


class Reports:
    """A provider's report that a test writes, and what the provider says when it is asked."""

    def __init__(self) -> None:
        self.lines: list[ReportLine] = []
        self.facts: list[PaymentFact] = []
        self.refunds: list[RefundRequest] = []
        self.away = False

    async def refund_payment(self, request: RefundRequest) -> None:
        self.refunds.append(request)

    async def report(self, since: datetime, until: datetime) -> list[ReportLine]:
        if self.away:
            raise PaymentOutcomeUnknownError(key="report")
        return [line for line in self.lines if since <= line.occurred_at < until]

    async def query_payment(self, key: str) -> tuple[PaymentFact, ...]:
        return tuple(fact for fact in self.facts if fact.payment_key == key)


class Hearing:
    """Orders that only write down what they hear."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    async def report_payment(self, order_id: str, fact: PaymentFact) -> None:
        self.heard.append((order_id, fact.event_id))


class Office:
    def __init__(self) -> None:
        self.settling = Settling()
        self.attempts = MemoryPaymentAttempts()
        self.provider, self.other = Reports(), Reports()
        self.reconciliations = MemoryReconciliations()
        providers = {"sandbox": self.provider, "other": self.other}
        self.desk = ReconciliationDesk(
            self.settling.desk,
            MemoryPaymentLedger(self.settling.book, self.attempts),
            self.reconciliations,
            providers,
            providers,  # type: ignore[arg-type] # only asked, never told
        )
        self.notices = MemoryNotices()
        self.chore = ReconciliationActivities(self.desk, self.notices)
        self.hearing = Hearing()
        self.inbox = MemoryCallbackInbox(self.attempts)
        self.repairs = Repairs(self.desk.gateways, self.inbox, self.attempts, self.hearing)

    async def booked(self, *lines: BookedLine) -> None:
        for line in lines:
            await self.attempts.remember(line.payment_key, line.order_id, "sandbox", line.amount)
        since = await self.settling.book.position()
        await self.settling.book.record(FeedStretch(since, since, lines=lines))

    async def reconciled(self) -> FoundRun:
        return await self.desk.reconcile("sandbox", DAY, NOON)


@pytest.fixture
def office() -> Office:
    return Office()


def ours(key: str = "pay_1", at: datetime = NOON - HOUR) -> BookedLine:
    return BookedLine("ord_1", key, FactKind.CAPTURED, TEN, at)


def theirs(key: str = "pay_1", at: datetime = NOON - HOUR) -> ReportLine:
    return ReportLine("sandbox", key, FactKind.CAPTURED, TEN, at)


def a_fact(key: str = "pay_1", at: datetime = NOON - HOUR) -> PaymentFact:
    return PaymentFact("sandbox", f"evt_{key}", key, FactKind.CAPTURED, TEN, at)


async def test_a_movement_that_the_provider_has_just_beside_the_window_is_no_difference(office: Office):
    await office.booked(ours("pay_1", NOON - 1 * timedelta(minutes=1)), ours("pay_2", DAY.since))
    office.provider.lines = [
        theirs("pay_1", NOON + timedelta(minutes=1)),
        theirs("pay_2", DAY.since - timedelta(minutes=1)),
    ]

    assert (await office.reconciled()).cases == ()


async def test_a_movement_that_the_provider_has_at_quite_another_time_is_no_difference(office: Office):
    """The order was away for days before it heard of its money."""
    await office.booked(ours())
    office.provider.facts = [a_fact(at=NOON - timedelta(days=9))]

    assert (await office.reconciled()).cases == ()


async def test_a_movement_that_the_provider_should_have_reported_is_a_difference(office: Office):
    await office.booked(ours())
    office.provider.facts = [a_fact()]

    (case,) = (await office.reconciled()).cases

    assert case.difference.fault is Fault.MISSING_THERE


async def test_a_movement_of_which_we_heard_late_is_known_by_its_payment(office: Office):
    await office.booked(ours(at=NOON + timedelta(days=9)))
    office.provider.lines = [theirs()]

    assert (await office.reconciled()).cases == ()


async def test_a_repair_that_is_asked_for_twice_is_done_once(office: Office):
    await office.attempts.remember("pay_1", "ord_1", "sandbox", TEN)
    office.provider.lines, office.provider.facts = [theirs()], [a_fact()]
    found = await office.reconciled()
    name = found.cases[0].difference.id

    answers = [await office.desk.repair(found.run.id, name, office.repairs, "anna", NOON) for _ in range(2)]

    assert answers[0] == answers[1]
    assert office.hearing.heard == [("ord_1", "evt_pay_1")]
    assert await office.inbox.waiting(before=NOON + HOUR, limit=9) == ()


async def test_who_parks_what_somebody_has_just_repaired_is_told_so(office: Office):
    office.provider.lines = [theirs()]
    found = await office.reconciled()
    (case,) = found.cases

    class Busy(MemoryReconciliations):
        async def cases(self, difference_ids):
            shown = await super().cases(difference_ids)
            await self.decide(case.closed(DifferenceStatus.REPAIRED, "", "bert", NOON))
            return shown

    busy = Busy()
    await busy.save(found.run, found.cases)
    desk = replace(office.desk, reconciliations=busy)

    with pytest.raises(DifferenceClosedError):
        await desk.park(found.run.id, case.difference.id, "theirs", "anna", NOON)


async def test_two_who_park_at_once_get_the_word_of_the_first(office: Office):
    office.provider.lines = [theirs()]
    found = await office.reconciled()
    (case,) = found.cases
    first = case.closed(DifferenceStatus.PARKED, "mine", "bert", NOON)

    class Busy(MemoryReconciliations):
        async def cases(self, difference_ids):
            shown = await super().cases(difference_ids)
            await self.decide(first)
            return shown

    busy = Busy()
    await busy.save(found.run, found.cases)
    desk = replace(office.desk, reconciliations=busy)

    assert await desk.park(found.run.id, case.difference.id, "theirs", "anna", NOON) == first
    assert await desk.park(found.run.id, case.difference.id, "again", "anna", NOON) == first


async def test_a_payment_that_the_provider_does_not_know_cannot_be_repaired(office: Office):
    await office.booked(ours())
    lost = Difference("sandbox", Fault.MISSING_THERE, "pay_1", "ord_1", _line(), None)

    with pytest.raises(NothingToRepairError):
        await office.repairs.repair(lost, NOON)

    assert office.hearing.heard == []


def _line() -> MoneyLine:
    return MoneyLine(FactKind.CAPTURED, TEN, NOON - HOUR)


async def test_a_lost_refund_is_sent_again_by_its_key_and_no_order_is_told(office: Office):
    refund = MoneyLine(FactKind.REFUNDED, TEN, NOON - HOUR, "ref_1")
    office.provider.facts = [a_fact()]

    note = await office.repairs.repair(
        Difference("sandbox", Fault.MISSING_THERE, "pay_1", "ord_1", refund, None), NOON
    )

    assert note == "refund_sent_again"
    assert office.provider.refunds == [RefundRequest("ref_1", "pay_1", TEN, "reconciliation")]
    assert office.hearing.heard == []


async def test_a_report_that_contradicts_its_own_provider_repairs_nothing(office: Office):
    office.provider.facts = [a_fact()]
    wrong = replace(_line(), amount=Money(1, "CNY"))

    with pytest.raises(NothingToRepairError):
        await office.repairs.repair(
            Difference("sandbox", Fault.AMOUNT_MISMATCH, "pay_1", "ord_1", _line(), wrong), NOON
        )

    assert office.hearing.heard == []


async def test_a_payment_of_nobody_repairs_nothing(office: Office):
    office.provider.facts = [a_fact("pay_9")]

    with pytest.raises(NothingToRepairError):
        await office.repairs.repair(
            Difference("sandbox", Fault.MISSING_HERE, "pay_9", None, None, _line()), NOON
        )


async def test_runs_and_differences_that_nobody_found_are_named(office: Office):
    found = await office.reconciled()

    with pytest.raises(ReconciliationNotFoundError):
        await office.desk.find("rec_none")
    with pytest.raises(ReconciliationNotFoundError):
        await office.desk.park("rec_none", "dif_1", "", "anna", NOON)
    with pytest.raises(DifferenceNotFoundError):
        await office.desk.park(found.run.id, "dif_1", "", "anna", NOON)
    assert await office.desk.find(found.run.id) == found


async def test_one_provider_that_is_away_keeps_no_other_from_its_reconciliation(office: Office):
    office.other.away = True
    office.provider.lines = [theirs()]

    with pytest.raises(ExceptionGroup):
        await office.chore.reconcile_payments(NOON)

    (run,) = await office.reconciliations.runs()
    assert (run.provider, len(run.differences)) == ("sandbox", 1)
    assert [alert.code for alert in await office.notices.alerts(9)] == ["reconciliation_differs"]


async def test_a_chore_that_was_away_for_long_makes_up_for_all_of_it_a_week_at_a_time(office: Office):
    await office.chore.reconcile_payments(NOON - timedelta(days=30))

    await office.chore.reconcile_payments(NOON)

    runs = [run for run in await office.reconciliations.runs(99) if run.provider == "sandbox"]
    windows = sorted((run.window.since, run.window.until) for run in runs)
    assert len(windows) == 1 + 5
    assert all(end == start for (_, end), (start, _) in pairwise(windows))
    assert max(end - start for start, end in windows) == timedelta(days=7)


async def test_nothing_is_compared_twice_within_the_same_minute(office: Office):
    for _ in range(2):
        assert await office.chore.reconcile_payments(NOON) == 0

    assert len(await office.reconciliations.runs()) == 2
