"""When people are told that shown prices differ, or expire, too often (B37, B38)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from activities.price_monitor import PriceMonitor
from adapters.memory.notices import MemoryNotices
from adapters.memory.price_checks import MemoryPriceChecks
from domain.ports.notices import AlertLevel
from domain.ports.price_checks import RecordedCheck
from domain.pricing.consistency import PriceCheck, Verdict
from tests.support.builders import NOON, cny

DIFFERING, EXPIRED = "price_difference_rate", "snapshot_expiry_rate"


class Hour:
    """An hour of checks, and what is raised about it."""

    def __init__(self) -> None:
        self.checks = MemoryPriceChecks()
        self.notices = MemoryNotices()
        self.monitor = PriceMonitor(self.checks, self.notices)
        self.count = 0

    async def has(self, checks: int, *, differing: int = 0, expired: int = 0, at: datetime = NOON) -> None:
        for number in range(checks):
            self.count += 1
            new = cny(10_001 if number < differing else 10_000)
            check = PriceCheck(Verdict.HONOURED, cny(10_000), new, expired=number < expired)
            await self.checks.record(RecordedCheck(f"ord_{self.count}", "snap_1", "snap_1", at, check, "r"))

    async def raises(self, at: datetime = NOON + timedelta(minutes=30)) -> list[str]:
        before = len(await self.notices.alerts(100))
        told = await self.monitor.watch_prices(at)
        alerts = await self.notices.alerts(100)
        assert told >= len(alerts) - before
        return sorted(alert.code for alert in alerts[: len(alerts) - before])


@pytest.mark.parametrize(("differing", "raised"), [(0, []), (1, []), (2, [DIFFERING])])
async def test_more_than_one_per_cent_of_differing_checks_are_told(differing: int, raised: list[str]) -> None:
    hour = Hour()
    await hour.has(100, differing=differing)

    assert await hour.raises() == raised


@pytest.mark.parametrize(("expired", "raised"), [(0, []), (20, []), (21, [EXPIRED])])
async def test_more_than_a_fifth_of_expired_snapshots_are_told(expired: int, raised: list[str]) -> None:
    hour = Hour()
    await hour.has(100, expired=expired)

    assert await hour.raises() == raised


async def test_both_are_told_with_their_figures_as_medium_alerts() -> None:
    hour = Hour()
    await hour.has(20, differing=5, expired=10)

    assert await hour.raises() == [DIFFERING, EXPIRED]
    alerts = {alert.code: alert for alert in await hour.notices.alerts(10)}
    assert {alert.level for alert in alerts.values()} == {AlertLevel.MEDIUM}
    assert dict(alerts[DIFFERING].facts) == {
        "checks": "20",
        "count": "5",
        "basis_points": "2500",
        "largest_basis_points": "1",
    }


@pytest.mark.parametrize(("checks", "raised"), [(0, []), (19, []), (20, [DIFFERING, EXPIRED])])
async def test_a_handful_of_checks_says_nothing_about_a_rate(checks: int, raised: list[str]) -> None:
    hour = Hour()
    await hour.has(checks, differing=checks, expired=checks)

    assert await hour.raises() == raised


async def test_a_clock_hour_is_told_once_and_the_next_one_again() -> None:
    hour = Hour()
    await hour.has(20, differing=20)
    await hour.has(20, differing=20, at=NOON + timedelta(hours=1))

    raised = [await hour.raises(NOON + timedelta(minutes=minutes)) for minutes in (10, 20, 59, 70, 80)]

    assert raised == [[DIFFERING], [], [], [DIFFERING], []]


async def test_only_the_last_hour_counts() -> None:
    hour = Hour()
    await hour.has(20, differing=20)

    assert await hour.raises(NOON) == []
    assert await hour.raises(NOON + timedelta(hours=1, microseconds=1)) == []
    assert await hour.raises(NOON + timedelta(hours=1)) == [DIFFERING]
