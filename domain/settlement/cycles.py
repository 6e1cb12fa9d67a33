"""When what happened is stated: days and months in UTC, and from when on their statement may be drawn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.settlement.terms import Cycle

_DAY: Final = timedelta(days=1)
_DUE: Final = {Cycle.NEXT_DAY: _DAY, Cycle.WEEK_LATER: timedelta(days=7)}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From `start` (included) to `end` (excluded), named `2026-11-20` or `2026-11`; stated from `due` on."""

    start: datetime
    end: datetime
    due: datetime
    name: str

    def is_due(self, now: datetime) -> bool:
        """True once its statement may be drawn."""
        return now >= self.due


def period_of(cycle: Cycle, at: datetime) -> Period:
    """The period of that moment, which is in UTC."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if cycle is Cycle.MONTHLY:
        start = day.replace(day=1)
        # The 28th exists in every month, and four days later is always the next one.
        end = (start.replace(day=28) + 4 * _DAY).replace(day=1)
        return Period(start, end, end, f"{start:%Y-%m}")
    return Period(day, day + _DAY, day + _DUE[cycle], f"{day:%Y-%m-%d}")


def stated_in(cycle: Cycle, at: datetime, drawn: Collection[str], now: datetime) -> Period | None:
    """In which period's statement an entry of that moment goes: its own, or the first later one that is not
    drawn yet, as what was stated is not changed any more. None while that one is not due.
    """
    period = period_of(cycle, at)
    while period.name in drawn:
        period = period_of(cycle, period.end)
    return period if period.is_due(now) else None
