"""The chores of settlement, as schedules have them done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities.settlement_desk import SettlementDesk


@dataclass(frozen=True, slots=True)
class SettlementActivities:
    """Each may be killed at any moment and done again."""

    desk: SettlementDesk

    @activity.defn(name="settle_orders")
    async def settle_orders(self, now: datetime) -> int:  # noqa: ARG002 - every chore gets the time
        """Bring the book up to the feed; how many movements were new."""
        return await self.desk.catch_up()

    @activity.defn(name="draw_statements")
    async def draw_statements(self, now: datetime) -> int:
        """Draw what is due, over a book that is up to date; how many statements were drawn."""
        await self.desk.catch_up()
        return len(await self.desk.draw(now))
