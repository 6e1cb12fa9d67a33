"""What every record of price checks promises, over memory and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.memory.price_checks import MemoryPriceChecks
from adapters.postgres.pool import open_pool
from adapters.postgres.price_checks import PostgresPriceChecks
from domain.money import LARGEST_AMOUNT, Money
from domain.ports.price_checks import CheckFigures, PriceChecks, RecordedCheck
from domain.pricing.consistency import PriceCheck, Verdict
from domain.pricing.reasons import Reason
from tests.support.builders import cny

TEN = datetime(2026, 3, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)


@pytest.fixture(params=["memory", "postgres"])
async def checks(request: pytest.FixtureRequest) -> AsyncIterator[PriceChecks]:
    if request.param == "memory":
        yield MemoryPriceChecks()
        return
    pool = await open_pool(request.getfixturevalue("contract_database"), application="test")
    try:
        await pool.execute("DELETE FROM price_checks")
        yield PostgresPriceChecks(pool)
    finally:
        await pool.close()


def a_check(
    verdict: Verdict = Verdict.HONOURED,
    *,
    order: str = "ord_1",
    snapshot: str = "snap_1",
    old: int = 10_000,
    new: int = 10_000,
    at: datetime = TEN,
    expired: bool = False,
) -> RecordedCheck:
    return RecordedCheck(
        order,
        snapshot,
        f"{snapshot}_next",
        at,
        PriceCheck(verdict, cny(old), cny(new), expired=expired),
        "r1",
    )


async def test_what_was_recorded_is_found_again_whole(checks: PriceChecks) -> None:
    check = PriceCheck(
        Verdict.CHANGED,
        Money(10_000, "KWD"),
        Money(12_000, "KWD"),
        Reason.PROMOTION_ENDED,
        expired=True,
        expiring_soon=True,
        today_known=False,
    )
    done = RecordedCheck("ord_1", "snap_1", "snap_2", TEN + MOMENT, check, "rules-7")

    assert await checks.record(done)

    assert await checks.of_order("ord_1") == (done,)


async def test_the_first_of_equal_findings_on_a_snapshot_stays(checks: PriceChecks) -> None:
    first, again = a_check(), replace(a_check(new=10_050, at=TEN + HOUR), next_snapshot_id="snap_9")

    answers = [await checks.record(done) for done in (first, again, first)]

    assert answers == [True, False, False]
    assert await checks.of_order("ord_1") == (first,)


async def test_another_finding_on_the_same_snapshot_is_kept_beside_the_first(checks: PriceChecks) -> None:
    first, second = a_check(), a_check(Verdict.CHANGED, new=20_000, at=TEN + HOUR)

    answers = [await checks.record(done) for done in (first, second)]

    assert answers == [True, True]
    assert await checks.of_order("ord_1") == (first, second)


async def test_the_checks_of_an_order_come_oldest_first_and_without_those_of_others(
    checks: PriceChecks,
) -> None:
    later, earlier = a_check(snapshot="snap_2", at=TEN + HOUR), a_check(snapshot="snap_1")
    for done in (later, earlier, a_check(order="ord_2", snapshot="snap_1")):
        await checks.record(done)

    assert await checks.of_order("ord_1") == (earlier, later)
    assert await checks.of_order("ord_none") == ()


async def test_checks_of_the_same_moment_keep_the_order_in_which_they_came(checks: PriceChecks) -> None:
    done = [a_check(snapshot=f"snap_{number}") for number in (3, 1, 2)]
    for one in done:
        await checks.record(one)

    assert await checks.of_order("ord_1") == tuple(done)


async def test_figures_count_every_kind_of_finding(checks: PriceChecks) -> None:
    made = [
        a_check(snapshot="same"),
        a_check(snapshot="within", new=10_050),
        a_check(Verdict.RECALCULATED, snapshot="expired", expired=True),
        a_check(Verdict.CHANGED, snapshot="dearer", new=12_500),
        a_check(Verdict.CHANGED, snapshot="cheaper", new=4_999, expired=True),
    ]
    for done in made:
        await checks.record(done)

    figures = await checks.figures(TEN, TEN + HOUR)

    assert figures == CheckFigures(checks=5, differing=3, asked=2, expired=2, largest_basis_points=5_001)


async def test_figures_begin_with_the_first_moment_and_end_before_the_last(checks: PriceChecks) -> None:
    for number, at in enumerate([TEN - MOMENT, TEN, TEN + HOUR - MOMENT, TEN + HOUR]):
        await checks.record(replace(a_check(at=at), snapshot_id=f"snap_{number}"))

    assert (await checks.figures(TEN, TEN + HOUR)).checks == 2


async def test_figures_of_a_quiet_time_are_all_nothing(checks: PriceChecks) -> None:
    assert await checks.figures(TEN, TEN + HOUR) == CheckFigures()


async def test_the_largest_possible_difference_is_counted(checks: PriceChecks) -> None:
    """One fen that became everything: more basis points than 64 bits hold."""
    done = a_check(Verdict.CHANGED, old=1, new=LARGEST_AMOUNT)
    await checks.record(done)

    figures = await checks.figures(TEN, TEN + HOUR)

    assert figures.largest_basis_points == done.check.difference_basis_points > LARGEST_AMOUNT
