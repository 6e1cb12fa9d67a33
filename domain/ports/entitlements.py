"""Virtual goods: what a buyer has a right to. Issued with the payment, revoked with the refund."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.order.shipments import Units


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The right to one line's virtual goods. `code` is unguessable; `revoked_at` is None while it is good.

    `quantity` are the units that it is good for: 0 when all of them were paid back.
    """

    order_id: str
    line: int
    sku: str
    quantity: int
    code: str
    issued_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EntitledLine:
    """One line to issue: `quantity` units of `sku` for line number `line`."""

    line: int
    sku: str
    quantity: int


class Entitlements(Protocol):
    """One entitlement for each line of an order. Every call is one transaction and safe to repeat."""

    async def issue(
        self, order_id: str, lines: Sequence[EntitledLine], now: datetime
    ) -> Sequence[Entitlement]:
        """Issue them, or get those that were issued."""
        ...

    async def revoke(self, order_id: str, units: Sequence[Units], now: datetime) -> None:
        """What was paid back is no right any more; a line's right ends when none of its units is left.

        `units` say of each line how many were paid back so far, in all: so a repeat changes nothing.
        """
        ...

    async def of_order(self, order_id: str) -> Sequence[Entitlement]:
        """All of an order, by line."""
        ...
