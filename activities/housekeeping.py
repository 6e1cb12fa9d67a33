"""Puts goods back that nobody paid for in time. When to look is the schedule's matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from temporalio import activity

from domain.ports.stock import StockLedger

_BATCH: Final = 200
# One call stays well below its time-out; what is left comes with the next round.
_MOST_BATCHES: Final = 10


@dataclass(frozen=True, slots=True)
class HoldSweeper:
    """Resolves overdue holds, those of carts and those of orders."""

    stock: StockLedger

    @activity.defn(name="expire_holds")
    async def expire_holds(self, now: datetime) -> int:
        """Put back what overdue holds hold, in bounded batches; how many holds that were."""
        expired = 0
        for _ in range(_MOST_BATCHES):
            batch = await self.stock.expire_holds(now, _BATCH)
            expired += batch
            if batch < _BATCH:
                break
        return expired
