"""Every kind of difference planted at the real provider, found, and repaired or parked by command.

Callbacks are lost for ever here: what an order hears, it hears because somebody asked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from activities.reconciliation import ReconciliationActivities
from activities.repairing import NothingToRepairError
from adapters.postgres.notices import PostgresNotices
from domain.order.events import PaymentRefunded, RefundRequested
from domain.order.status import PaymentStatus
from domain.payment.facts import FactKind
from domain.ports.payments import PaymentOutcomeUnknownError
from domain.reconciliation.difference import DifferenceClosedError, DifferenceStatus, Fault
from tests.integration.settlement.till import MoneyTill, cny, now, open_till
from tests.support.sandbox_provider import ProviderProcess, running_provider


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    with running_provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture
async def till(fresh_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MoneyTill]:
    """A provider of its own: a report is of all payments, not of one test's."""
    with running_provider(tmp_path_factory.mktemp("provider")) as own:
        async with open_till(fresh_database, own) as opened:
            yield opened


def faults(found) -> list[tuple[Fault, str]]:
    return [(case.difference.fault, case.difference.payment_key) for case in found.cases]


async def nothing_is_left(till: MoneyTill) -> None:
    found = await till.reconcile()
    assert found.cases == ()
    assert found.run.ours == found.run.theirs > 0


async def test_two_sides_that_agree_have_no_difference(till: MoneyTill) -> None:
    key = await till.known()
    await till.bank("refunds", key, 300)
    await till.told(key)

    found = await till.reconcile()

    assert (found.cases, found.run.ours, found.run.theirs) == ((), 2, 2)


async def test_a_payment_of_which_no_callback_ever_came_is_repaired(till: MoneyTill) -> None:
    key = await till.opened()
    await till.known()
    found = await till.reconcile()
    assert faults(found) == [(Fault.MISSING_HERE, key)]

    repaired = await till.repair(found)

    assert (repaired.status, repaired.note) == (DifferenceStatus.REPAIRED, "order_told_again")
    order = await till.workflows.order(till.orders[key])
    assert order.payment_status is PaymentStatus.CAPTURED
    await nothing_is_left(till)


async def test_a_charge_back_of_which_no_callback_ever_came_is_repaired(till: MoneyTill) -> None:
    key = await till.known()
    await till.bank("charge-backs", key)
    found = await till.reconcile()
    assert faults(found) == [(Fault.MISSING_HERE, key)]
    assert found.cases[0].difference.order_id == till.orders[key]

    await till.repair(found)

    order = await till.workflows.order(till.orders[key])
    assert order.payment_status is PaymentStatus.CHARGED_BACK
    await nothing_is_left(till)


async def test_a_refund_that_only_we_have_is_sent_by_its_key(till: MoneyTill) -> None:
    key = await till.known()
    at = now()
    await till.append(
        till.orders[key],
        RefundRequested(f"ref_{key}_1", key, cny(400), "returned", at, cause="1"),
        PaymentRefunded(f"ref_{key}_1", key, cny(400), at),
    )
    found = await till.reconcile()
    assert faults(found) == [(Fault.MISSING_THERE, key)]

    repaired = await till.repair(found)

    assert repaired.note == "refund_sent_again"
    facts = await till.gateway.query_payment(key)
    assert [(fact.refund_key, fact.amount) for fact in facts if fact.kind is FactKind.REFUNDED] == [
        (f"ref_{key}_1", cny(400))
    ]
    await nothing_is_left(till)


async def test_another_amount_is_repaired_when_the_provider_stands_by_it(till: MoneyTill) -> None:
    key = await till.known()
    await till.bank("refunds", key, 300)
    await till.told(key)
    await till.bank("refunds", key, 200)
    found = await till.reconcile()
    assert faults(found) == [(Fault.AMOUNT_MISMATCH, key)]
    ours, theirs = found.cases[0].difference.ours, found.cases[0].difference.theirs
    assert ours
    assert theirs
    assert (ours.amount, theirs.amount) == (cny(300), cny(500))

    await till.repair(found)

    assert (await till.workflows.order(till.orders[key])).refunded == cny(500)
    await nothing_is_left(till)


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("line_omitted", Fault.MISSING_THERE),
        ("line_amount", Fault.AMOUNT_MISMATCH),
        ("line_kind", Fault.STATE_MISMATCH),
    ],
)
async def test_a_report_that_is_wrong_cannot_be_repaired_and_is_parked(
    till: MoneyTill, planted: str, fault: Fault
) -> None:
    key = await till.known()
    await till.fault(planted, key)
    found = await till.reconcile()
    assert faults(found) == [(fault, key)]

    with pytest.raises(NothingToRepairError):
        await till.repair(found)
    parked = await till.park(found)

    assert (parked.status, parked.note, parked.by) == (DifferenceStatus.PARKED, "theirs", "anna")
    again = await till.reconcile()
    assert [case.status for case in again.cases] == [DifferenceStatus.PARKED]
    assert len((await till.workflows.order(till.orders[key])).attempts) == 1


async def test_a_line_of_nobodys_payment_is_parked(till: MoneyTill) -> None:
    await till.fault("line_added", "pay_of_another_shop", amount=5)
    found = await till.reconcile()
    assert faults(found) == [(Fault.MISSING_HERE, "pay_of_another_shop")]

    with pytest.raises(NothingToRepairError):
        await till.repair(found)
    await till.park(found)

    with pytest.raises(DifferenceClosedError):
        await till.repair(found)


async def test_a_difference_that_the_provider_puts_right_is_gone(till: MoneyTill) -> None:
    key = await till.known()
    await till.fault("line_omitted", key, times=1)
    found = await till.reconcile()
    assert found.cases[0].status is DifferenceStatus.OPEN

    await nothing_is_left(till)

    (case,) = (await till.reconciling.find(found.run.id)).cases
    assert case.status is DifferenceStatus.GONE


async def test_a_difference_that_comes_back_is_open_again(till: MoneyTill) -> None:
    key = await till.known()
    await till.fault("line_omitted", key, times=1)
    await till.reconcile()
    await till.reconcile()

    await till.fault("line_omitted", key)
    found = await till.reconcile()

    assert [case.status for case in found.cases] == [DifferenceStatus.OPEN]


async def test_a_provider_that_does_not_answer_leaves_nothing_behind(till: MoneyTill) -> None:
    await till.buyer.post("/v1/faults", json={"any": True, "fault": "unavailable", "operation": "report"})

    with pytest.raises(PaymentOutcomeUnknownError):
        await till.reconcile()

    assert await till.reconciling.reconciliations.runs() == ()


async def test_the_daily_chore_goes_on_where_it_ended_and_tells_somebody_what_it_found(
    till: MoneyTill,
) -> None:
    key = await till.opened()
    notices = PostgresNotices(till.pool)
    chore = ReconciliationActivities(till.reconciling, notices)
    tomorrow = now() + timedelta(hours=23)

    first, again = [await chore.reconcile_payments(tomorrow) for _ in range(2)]
    later = await chore.reconcile_payments(tomorrow + timedelta(days=1))

    assert (first, again, later) == (1, 0, 0)
    runs = await till.reconciling.reconciliations.runs()
    assert runs[0].window.since == runs[1].window.until
    alerts = [alert.code for alert in await notices.alerts(10)]
    assert alerts == ["reconciliation_differs"]
    assert runs[1].differences
    assert key in {case.difference.payment_key for case in (await till.reconciling.find(runs[1].id)).cases}
