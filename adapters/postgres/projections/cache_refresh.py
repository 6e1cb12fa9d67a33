"""Keeps cache entries fresh after a projection's commit. A cache that fails costs time, never a view."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from adapters.postgres.pool import json_text
from domain.order.document import order_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.order.order import Order
    from domain.ports.projections import OrderCache

_LOG = logging.getLogger(__name__)
# Beyond this the oldest wait in vain: entries expire anyway, and readers check the version.
MOST_WAITING: Final = 10_000
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class CacheRefresher:
    """Writes the newest state of each offered order, again and again until the cache has taken it."""

    def __init__(self, cache: OrderCache) -> None:
        self._cache = cache
        self._waiting: dict[str, Order] = {}
        self._offered = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many orders the cache has not taken yet."""
        return len(self._waiting)

    def offer(self, orders: Iterable[Order]) -> None:
        """Take orders to be written soon; at once done, whatever the cache does."""
        for order in orders:
            known = self._waiting.pop(order.id, order)
            self._waiting[order.id] = max(known, order, key=lambda candidate: candidate.version)
        while len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        if self._waiting:
            self._offered.set()

    async def run(self) -> None:
        """Write until cancelled; wait longer after each failure, 0.1 to 5 s."""
        pause = _FIRST_PAUSE
        while True:
            await self._offered.wait()
            if await self.flush():
                pause = _FIRST_PAUSE
                continue
            _LOG.warning("the cache did not take %d orders; trying again in %.1f s", self.waiting, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def flush(self) -> bool:
        """Write what waits now; False at the first that the cache did not take."""
        while self._waiting:
            order_id, order = next(iter(self._waiting.items()))
            content = json_text(order_document(order)).encode()
            if not await self._cache.put(order_id, order.version, content):
                return False
            if self._waiting.get(order_id) is order:  # a newer one may have been offered meanwhile
                del self._waiting[order_id]
        self._offered.clear()
        return True
