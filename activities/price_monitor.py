"""Watches how often shown prices differ or have expired, and tells whoever is on duty (requirements B37-B38).

The figures come from recorded checks; how often to look is the schedule's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from temporalio import activity

from domain.money import BASIS_POINTS
from domain.ports.notices import Alert, AlertLevel, Notices
from domain.ports.price_checks import CheckFigures, PriceChecks

WATCHED: Final = timedelta(hours=1)
MOST_DIFFERING: Final = 100
"""Basis points of all checks that may differ: one per cent."""
MOST_EXPIRED: Final = 2_000
"""Basis points of used snapshots that may have expired: a fifth."""
# Below this many checks a rate says nothing: with 19, a single one that differs is five per cent.
FEWEST_CHECKS: Final = 20


@dataclass(frozen=True, slots=True)
class PriceMonitor:
    """Rates of the last hour against what is usual."""

    checks: PriceChecks
    notices: Notices

    @activity.defn(name="watch_prices")
    async def watch_prices(self, now: datetime) -> int:
        """Raise an alert for each rate that is too high, once in a clock hour; how many rates that were."""
        figures = await self.checks.figures(now - WATCHED, now)
        alerts = [
            *_too_many("price_difference_rate", figures.differing, figures, MOST_DIFFERING, now),
            *_too_many("snapshot_expiry_rate", figures.expired, figures, MOST_EXPIRED, now),
        ]
        for alert in alerts:
            await self.notices.raise_alert(alert)
        return len(alerts)


def _too_many(code: str, count: int, figures: CheckFigures, most: int, now: datetime) -> list[Alert]:
    if figures.checks < FEWEST_CHECKS or count * BASIS_POINTS <= most * figures.checks:
        return []
    facts = (
        ("checks", str(figures.checks)),
        ("count", str(count)),
        ("basis_points", str(count * BASIS_POINTS // figures.checks)),
        ("largest_basis_points", str(figures.largest_basis_points)),
    )
    return [Alert(f"{code}:{now:%Y-%m-%dT%H}", AlertLevel.MEDIUM, code, "", facts)]
