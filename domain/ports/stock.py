"""The ledger of goods. Every call is one transaction, all lines or none, and safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.errors import DomainError
from domain.stock.hold import HoldStatus, Shortage, StockLine


class HoldNotFoundError(DomainError):
    """Nothing was ever held under this reference."""

    code = "hold_not_found"


@dataclass(frozen=True, slots=True)
class HoldsTaken:
    """The answer to taking a hold: it stands, or it was refused because of `shortages`."""

    shortages: tuple[Shortage, ...] = ()

    @property
    def refused(self) -> bool:
        """True when nothing was held."""
        return bool(self.shortages)


@dataclass(frozen=True, slots=True)
class StockLevel:
    """Counts of one SKU. `on_hand` = available + held + sold; `sold` waits for shipment."""

    sku: str
    available: int
    held: int
    sold: int


class StockLedger(Protocol):
    """Holds by reference (an opaque string; an order's id for orders, requirement A29)."""

    async def take_holds(self, reference: str, lines: Sequence[StockLine], until: datetime) -> HoldsTaken:
        """Hold all lines until that time, or none. The same reference again: the same answer."""
        ...

    async def confirm_holds(self, reference: str, now: datetime) -> HoldsTaken:
        """Turn held goods into sold ones. A hold that has expired or was released is taken again first;
        `refused` when the goods are gone. Repeating changes nothing.
        """
        ...

    async def release_holds(self, reference: str) -> HoldStatus | None:
        """Put held goods back. What was resolved already stays so; the status afterwards, None if unknown."""
        ...

    async def restock(self, reference: str) -> HoldStatus | None:
        """Put sold goods back on the shelf, once; releases when they were only held."""
        ...

    async def expire_holds(self, now: datetime, limit: int) -> int:
        """Put goods of overdue holds back; how many holds that were."""
        ...

    async def level(self, sku: str) -> StockLevel | None:
        """Today's counts of a SKU, or None."""
        ...
