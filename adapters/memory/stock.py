"""The stock ledger in dictionaries: the reference model of the SQL functions. It forgets at exit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.ports.stock import HoldNotFoundError, HoldsTaken, StockLevel
from domain.stock.hold import HoldStatus, Shortage, StockLine, in_lock_order

_LET_GO = (HoldStatus.RELEASED, HoldStatus.EXPIRED)


@dataclass(slots=True)
class _Counts:
    available: int = 0
    held: int = 0
    sold: int = 0


@dataclass(slots=True)
class _Hold:
    lines: tuple[StockLine, ...]
    expires_at: datetime
    status: HoldStatus = HoldStatus.ACTIVE


class MemoryStockLedger:
    """`StockLedger` for one event loop. No call awaits inside, so each is a transaction by itself."""

    def __init__(self) -> None:
        self._counts: dict[str, _Counts] = {}
        self._holds: dict[str, _Hold] = {}

    def put(self, sku: str, available: int) -> None:
        """Set what is free of a SKU; what is held or sold stays so."""
        self._counts.setdefault(sku, _Counts()).available = available

    async def take_holds(self, reference: str, lines: Sequence[StockLine], until: datetime) -> HoldsTaken:
        """See the port. The lines of the first call stand."""
        if reference in self._holds:
            return HoldsTaken()
        wanted = in_lock_order(lines)
        shortages = self._shortages(wanted)
        if shortages:
            return HoldsTaken(shortages)
        for line in wanted:
            counts = self._counts[line.sku]
            counts.available -= line.quantity
            counts.held += line.quantity
        self._holds[reference] = _Hold(wanted, until)
        return HoldsTaken()

    async def confirm_holds(self, reference: str, now: datetime) -> HoldsTaken:  # noqa: ARG002 - as the port has it
        """See the port. An overdue hold that was not swept yet still has its goods."""
        hold = self._holds.get(reference)
        if hold is None:
            raise HoldNotFoundError(reference=reference)
        if hold.status in _LET_GO:
            shortages = self._shortages(hold.lines)
            if shortages:
                return HoldsTaken(shortages)
            for line in hold.lines:
                self._counts[line.sku].available -= line.quantity
                self._counts[line.sku].sold += line.quantity
            hold.status = HoldStatus.CONFIRMED
        elif hold.status is HoldStatus.ACTIVE:
            for line in hold.lines:
                self._counts[line.sku].held -= line.quantity
                self._counts[line.sku].sold += line.quantity
            hold.status = HoldStatus.CONFIRMED
        return HoldsTaken()

    async def release_holds(self, reference: str) -> HoldStatus | None:
        """See the port."""
        hold = self._holds.get(reference)
        if hold is not None and hold.status is HoldStatus.ACTIVE:
            self._let_go(hold, HoldStatus.RELEASED)
        return hold.status if hold else None

    async def restock(self, reference: str) -> HoldStatus | None:
        """See the port."""
        hold = self._holds.get(reference)
        if hold is not None and hold.status is HoldStatus.CONFIRMED:
            for line in hold.lines:
                self._counts[line.sku].sold -= line.quantity
                self._counts[line.sku].available += line.quantity
            hold.status = HoldStatus.RESTOCKED
        return await self.release_holds(reference)

    async def expire_holds(self, now: datetime, limit: int) -> int:
        """See the port; the longest overdue first."""
        active = (ref for ref, hold in self._holds.items() if hold.status is HoldStatus.ACTIVE)
        overdue = sorted(
            (self._holds[ref].expires_at, ref) for ref in active if self._holds[ref].expires_at <= now
        )
        for _, reference in overdue[:limit]:
            self._let_go(self._holds[reference], HoldStatus.EXPIRED)
        return len(overdue[:limit])

    async def level(self, sku: str) -> StockLevel | None:
        """See the port."""
        counts = self._counts.get(sku)
        return StockLevel(sku, counts.available, counts.held, counts.sold) if counts else None

    def _shortages(self, wanted: tuple[StockLine, ...]) -> tuple[Shortage, ...]:
        nothing = _Counts()
        free = ((line, self._counts.get(line.sku, nothing).available) for line in wanted)
        return tuple(Shortage(line.sku, line.quantity, left) for line, left in free if left < line.quantity)

    def _let_go(self, hold: _Hold, status: HoldStatus) -> None:
        for line in hold.lines:
            self._counts[line.sku].held -= line.quantity
            self._counts[line.sku].available += line.quantity
        hold.status = status
