"""Holds on goods and on what else is counted, and the shelves that goods come from. One activity, one
transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import activity

from activities.contracts import ConfirmHolds, HoldReference, HoldsAnswer, TakeHolds
from activities.fulfilment_contracts import AllocateGoods, GoodsAllocated, MoveGoods
from domain.ports.stock import HoldNotFoundError, HoldRequest, StockLedger
from domain.ports.warehouses import Warehouses
from domain.stock.allocation import NotOnShelvesError


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


@dataclass(frozen=True, slots=True)
class WarehouseActivities:
    """Sold goods on their way out; each call may be repeated."""

    warehouses: Warehouses

    @activity.defn(name="allocate_goods")
    async def allocate_goods(self, asked: AllocateGoods) -> GoodsAllocated:
        """Choose the shelves that sold goods come from, once for each order."""
        try:
            return GoodsAllocated(await self.warehouses.allocate(asked.reference, asked.wanted))
        except NotOnShelvesError as error:
            return GoodsAllocated(refused=error.code)

    @activity.defn(name="hand_over_goods")
    async def hand_over_goods(self, moved: MoveGoods) -> None:
        """A shipment has left for good."""
        await self.warehouses.hand_over(moved.reference, moved.key, moved.units)

    @activity.defn(name="cancel_goods")
    async def cancel_goods(self, moved: MoveGoods) -> None:
        """A shipment will not leave: its goods are for sale again."""
        await self.warehouses.cancel_units(moved.reference, moved.key, moved.units)
