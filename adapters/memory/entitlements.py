"""Rights to virtual goods in a dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.order.shipments import Units
from domain.ports.clock import Ids
from domain.ports.entitlements import EntitledLine, Entitlement


class MemoryEntitlements:
    """`Entitlements` in a dictionary. `ids` makes the codes."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._issued: dict[tuple[str, int], Entitlement] = {}
        self._left: dict[tuple[str, int], int] = {}

    async def issue(
        self, order_id: str, lines: Sequence[EntitledLine], now: datetime
    ) -> Sequence[Entitlement]:
        """See the port."""
        for line in lines:
            code = self._ids.new("ent")
            right = Entitlement(order_id, line.line, line.sku, line.quantity, code, now)
            if self._issued.setdefault((order_id, line.line), right) is right:
                self._left[order_id, line.line] = line.quantity
        return await self.of_order(order_id)

    async def revoke(self, order_id: str, units: Sequence[Units], now: datetime) -> None:
        """See the port."""
        for each in units:
            key = (order_id, each.line)
            if key not in self._issued:
                continue
            left = max(self._issued[key].quantity - each.quantity, 0)
            if left < self._left[key]:
                self._left[key] = left
                if not left:
                    self._issued[key] = replace(self._issued[key], revoked_at=now)

    async def of_order(self, order_id: str) -> Sequence[Entitlement]:
        """See the port."""
        keys = sorted(key for key in self._issued if key[0] == order_id)
        return tuple(replace(self._issued[key], quantity=self._left[key]) for key in keys)
