"""Holds on goods: all of an order's or none. One activity, one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import activity

from activities.contracts import ConfirmHolds, HoldReference, HoldsAnswer, TakeHolds
from domain.ports.stock import HoldNotFoundError, StockLedger


@dataclass(frozen=True, slots=True)
class StockActivities:
    """The ledger's calls; each may be repeated."""

    stock: StockLedger

    @activity.defn(name="take_holds")
    async def take_holds(self, asked: TakeHolds) -> HoldsAnswer:
        """Hold all lines, or say what is short."""
        taken = await self.stock.take_holds(asked.reference, asked.lines, asked.until)
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
