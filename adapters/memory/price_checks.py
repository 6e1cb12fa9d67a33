"""The record of price checks in a dictionary. It forgets at exit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.ports.price_checks import CheckFigures, RecordedCheck
from domain.pricing.consistency import Verdict


class MemoryPriceChecks:
    """`PriceChecks` in a dictionary."""

    def __init__(self) -> None:
        self._checks: dict[tuple[str, str, Verdict], RecordedCheck] = {}

    async def record(self, done: RecordedCheck) -> bool:
        """See the port."""
        key = (done.order_id, done.snapshot_id, done.check.verdict)
        is_new = key not in self._checks
        self._checks.setdefault(key, done)
        return is_new

    async def of_order(self, order_id: str) -> Sequence[RecordedCheck]:
        """See the port."""
        found = [done for done in self._checks.values() if done.order_id == order_id]
        return tuple(sorted(found, key=lambda done: done.checked_at))

    async def figures(self, since: datetime, until: datetime) -> CheckFigures:
        """See the port."""
        checks = [done.check for done in self._checks.values() if since <= done.checked_at < until]
        return CheckFigures(
            checks=len(checks),
            differing=sum(not check.difference.is_zero for check in checks),
            asked=sum(check.verdict is Verdict.CHANGED for check in checks),
            expired=sum(check.expired for check in checks),
            largest_basis_points=max((check.difference_basis_points for check in checks), default=0),
        )
