"""The record of every comparison of a shown price with today's: history, figures, alerts (B23, B37-B38)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.pricing.consistency import PriceCheck


@dataclass(frozen=True, slots=True)
class RecordedCheck:
    """One check of one snapshot for one order. `next_snapshot_id` is the one charged or to be confirmed.

    `rule_version` is that of the price it was compared with.
    """

    order_id: str
    snapshot_id: str
    next_snapshot_id: str
    checked_at: datetime
    check: PriceCheck
    rule_version: str


@dataclass(frozen=True, slots=True)
class CheckFigures:
    """Sums over some time. `differing` counts checks whose price was another one by any amount."""

    checks: int = 0
    differing: int = 0
    asked: int = 0
    expired: int = 0
    largest_basis_points: int = 0


class PriceChecks(Protocol):
    """Checks in a durable list, once for each order, snapshot and verdict.

    The same finding again is a repetition; another one of the same snapshot happens when somebody else took
    the last of what the first one counted on.
    """

    async def record(self, done: RecordedCheck) -> bool:
        """Keep a check; False when the same finding on this snapshot is kept already (it stays)."""
        ...

    async def of_order(self, order_id: str) -> Sequence[RecordedCheck]:
        """The checks of an order, oldest first."""
        ...

    async def figures(self, since: datetime, until: datetime) -> CheckFigures:
        """Sums over `since` ≤ checked_at < `until`."""
        ...
