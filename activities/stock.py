"""Holds on goods, and on what else is counted: all of an order's or none. One activity, one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import activity

from activities.contracts import ConfirmHolds, HoldReference, HoldsAnswer, TakeHolds
from domain.ports.stock import HoldNotFoundError, HoldRequest, StockLedger


@dataclass(frozen=True, slots=True)
class StockActivities:
    """The ledger's calls; each may be repeated."""

    stock: StockLedger

    @activity.defn(name="take_holds")
    async def take_holds(self, asked: TakeHolds) -> HoldsAnswer:
        """Hold everything, or say what is short; pre-locks that are named become part of it."""
        request = HoldRequest(
            reference=asked.reference,
            lines=asked.lines,
            until=asked.until,
            buyer_id=asked.buyer_id,
            claims=asked.claims,
            converts=asked.converts,
        )
        taken = await self.stock.take(request)
        return HoldsAnswer(taken.shortages)

    @activity.defn(name="confirm_holds")
    async def confirm_holds(self, asked: ConfirmHolds) -> HoldsAnswer:
        """Turn held goods into sold ones; short when the hold has expired and the goods are gone."""
        try:
            taken = await self.stock.confirm_holds(asked.reference, asked.now)
        except HoldNotFoundError:
            return HoldsAnswer(missing=True)
        return HoldsAnswer(taken.shortages)

    @activity.defn(name="release_holds")
    async def release_holds(self, held: HoldReference) -> None:
        """Put held goods back; what was resolved already stays so."""
        await self.stock.release_holds(held.reference)

    @activity.defn(name="restock")
    async def restock(self, held: HoldReference) -> None:
        """Put sold goods back on the shelf, once."""
        await self.stock.restock(held.reference)
