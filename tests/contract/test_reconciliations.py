"""What every record of reconciliations promises, over memory and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from domain.money import Money
from domain.payment.facts import FactKind
from domain.reconciliation.compare import ReconciliationWindow
from domain.reconciliation.difference import (
    Difference,
    DifferenceCase,
    DifferenceStatus,
    Fault,
    MoneyLine,
)
from domain.reconciliation.runs import ReconciliationRun
from tests.contract.settlement_world import SettlementWorld, memory_settlement, postgres_settlement
from tests.support.settlements import DAY, MORNING

WINDOW = ReconciliationWindow(MORNING, MORNING + DAY)


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[SettlementWorld]:
    if request.param == "memory":
        yield memory_settlement()
        return
    async with postgres_settlement(request.getfixturevalue("fresh_database")) as found:
        yield found


def a_case(key: str = "pay_1", status: DifferenceStatus = DifferenceStatus.OPEN) -> DifferenceCase:
    theirs = MoneyLine(FactKind.REFUNDED, Money(700, "CNY"), MORNING, "ref_1")
    ours = MoneyLine(FactKind.CAPTURED, Money(700, "CNY"), MORNING)
    return DifferenceCase(Difference("sandbox", Fault.STATE_MISMATCH, key, "ord_1", ours, theirs), status)


def a_run(name: str = "rec_1", *cases: DifferenceCase, provider: str = "sandbox") -> ReconciliationRun:
    ids = tuple(case.difference.id for case in cases)
    return ReconciliationRun(name, provider, WINDOW, MORNING + 2 * DAY, "ops", 3, 4, ids)


async def test_a_run_and_its_cases_are_found_again_whole(world: SettlementWorld) -> None:
    case = a_case()
    missing = DifferenceCase(
        Difference("sandbox", Fault.MISSING_HERE, "pay_2", None, None, case.difference.theirs)
    )
    run = a_run("rec_1", case, missing)

    await world.reconciliations.save(run, [case, missing])

    assert await world.reconciliations.run("rec_1") == run
    assert await world.reconciliations.run("rec_none") is None
    found = await world.reconciliations.cases([*run.differences, "dif_none"])
    assert found == {case.difference.id: case, missing.difference.id: missing}


async def test_a_difference_is_decided_once(world: SettlementWorld) -> None:
    case = a_case()
    await world.reconciliations.save(a_run("rec_1", case), [case])
    parked = case.closed(DifferenceStatus.PARKED, "theirs", "anna", MORNING + DAY)
    repaired = case.closed(DifferenceStatus.REPAIRED, "", "bert", MORNING + DAY)

    assert [await world.reconciliations.decide(each) for each in (parked, repaired)] == [True, False]

    assert await world.reconciliations.cases([case.difference.id]) == {case.difference.id: parked}


async def test_a_difference_of_which_nobody_knows_cannot_be_decided(world: SettlementWorld) -> None:
    assert not await world.reconciliations.decide(a_case(status=DifferenceStatus.PARKED))


async def test_open_differences_are_found_by_provider_and_time(world: SettlementWorld) -> None:
    case, parked = a_case(), a_case("pay_2", DifferenceStatus.PARKED)
    await world.reconciliations.save(a_run("rec_1", case, parked), [case, parked])

    async def found(provider: str, window: ReconciliationWindow) -> list[str]:
        return [each.difference.payment_key for each in await world.reconciliations.open_in(provider, window)]

    assert await found("sandbox", WINDOW) == ["pay_1"]
    assert await found("stripe", WINDOW) == []
    assert await found("sandbox", ReconciliationWindow(MORNING - DAY, MORNING)) == []


async def test_runs_are_listed_newest_first_and_tell_how_far_they_reached(world: SettlementWorld) -> None:
    old, new = a_run("rec_old"), a_run("rec_new")
    later = ReconciliationRun("rec_z", "stripe", WINDOW, MORNING + 3 * DAY, "system", 0, 0)
    for run in (old, later, new):
        await world.reconciliations.save(run, [])

    assert [run.id for run in await world.reconciliations.runs()] == ["rec_z", "rec_new", "rec_old"]
    assert [run.id for run in await world.reconciliations.runs(1)] == ["rec_z"]
    assert await world.reconciliations.reconciled_until("sandbox") == WINDOW.until
    assert await world.reconciliations.reconciled_until("nobody") is None


async def test_a_later_run_writes_a_difference_anew(world: SettlementWorld) -> None:
    case = a_case()
    await world.reconciliations.save(a_run("rec_1", case), [case])
    gone = case.closed(DifferenceStatus.GONE, "", "system", MORNING + DAY)

    await world.reconciliations.save(a_run("rec_2"), [gone])

    assert await world.reconciliations.cases([case.difference.id]) == {case.difference.id: gone}
    assert WINDOW.until - WINDOW.since == timedelta(days=1)
