"""Alerts and buyer notices on PostgreSQL: outbox tables. Who carries them to people reads from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ports.notices import Alert, AlertLevel

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from domain.ports.notices import BuyerNotice

_RAISE = """
INSERT INTO alerts (key, level, code, order_id, facts) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""
_NOTIFY = """
INSERT INTO buyer_notices (key, buyer_id, order_id, code) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_ALERTS = "SELECT key, level, code, order_id, facts FROM alerts ORDER BY number DESC LIMIT $1"


class PostgresNotices:
    """`domain.ports.notices.Notices` over `alerts` and `buyer_notices`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def raise_alert(self, alert: Alert) -> None:
        """See the port."""
        facts = [list(fact) for fact in alert.facts]
        await self._pool.execute(_RAISE, alert.key, alert.level.value, alert.code, alert.order_id, facts)

    async def notify_buyer(self, notice: BuyerNotice) -> None:
        """See the port."""
        await self._pool.execute(_NOTIFY, notice.key, notice.buyer_id, notice.order_id, notice.code)

    async def alerts(self, limit: int) -> tuple[Alert, ...]:
        """See the port."""
        return tuple(
            Alert(
                key=row["key"],
                level=AlertLevel(row["level"]),
                code=row["code"],
                order_id=row["order_id"],
                facts=tuple((name, value) for name, value in row["facts"]),
            )
            for row in await self._pool.fetch(_ALERTS, limit)
        )
