"""The record of price checks on PostgreSQL: one row for each finding on a snapshot, never changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from domain.money import Money
from domain.ports.price_checks import CheckFigures, RecordedCheck
from domain.pricing.consistency import PriceCheck, Verdict
from domain.pricing.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

    from adapters.postgres.pool import Pool

_RECORD = """
INSERT INTO price_checks (order_id, snapshot_id, next_snapshot_id, checked_at, verdict, reason, old_total,
    new_total, currency, basis_points, expired, expiring_soon, today_known, rule_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING RETURNING number
"""
_OF_ORDER = """
SELECT order_id, snapshot_id, next_snapshot_id, checked_at, verdict, reason, old_total, new_total, currency,
    expired, expiring_soon, today_known, rule_version
FROM price_checks WHERE order_id = $1 ORDER BY checked_at, number
"""
_FIGURES = """
SELECT count(*) AS checks,
    count(*) FILTER (WHERE new_total <> old_total) AS differing,
    count(*) FILTER (WHERE verdict = 'changed') AS asked,
    count(*) FILTER (WHERE expired) AS expired,
    coalesce(max(basis_points), 0) AS largest
FROM price_checks WHERE checked_at >= $1 AND checked_at < $2
"""


class PostgresPriceChecks:
    """`domain.ports.price_checks.PriceChecks` over `price_checks`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def record(self, done: RecordedCheck) -> bool:
        """See the port."""
        check = done.check
        number = await self._pool.fetchval(
            _RECORD,
            done.order_id,
            done.snapshot_id,
            done.next_snapshot_id,
            done.checked_at,
            check.verdict.value,
            check.reason.value if check.reason else None,
            check.old_total.amount,
            check.new_total.amount,
            check.old_total.currency,
            Decimal(check.difference_basis_points),
            check.expired,
            check.expiring_soon,
            check.today_known,
            done.rule_version,
        )
        return number is not None

    async def of_order(self, order_id: str) -> Sequence[RecordedCheck]:
        """See the port."""
        return tuple(_recorded(row) for row in await self._pool.fetch(_OF_ORDER, order_id))

    async def figures(self, since: datetime, until: datetime) -> CheckFigures:
        """See the port."""
        row = await self._pool.fetchrow(_FIGURES, since, until)
        assert row is not None  # an aggregate always has a row
        return CheckFigures(
            checks=row["checks"],
            differing=row["differing"],
            asked=row["asked"],
            expired=row["expired"],
            largest_basis_points=int(row["largest"]),
        )


def _recorded(row: asyncpg.Record) -> RecordedCheck:
    check = PriceCheck(
        verdict=Verdict(row["verdict"]),
        old_total=Money(row["old_total"], row["currency"]),
        new_total=Money(row["new_total"], row["currency"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        expired=row["expired"],
        expiring_soon=row["expiring_soon"],
        today_known=row["today_known"],
    )
    return RecordedCheck(
        order_id=row["order_id"],
        snapshot_id=row["snapshot_id"],
        next_snapshot_id=row["next_snapshot_id"],
        checked_at=row["checked_at"],
        check=check,
        rule_version=row["rule_version"],
    )
