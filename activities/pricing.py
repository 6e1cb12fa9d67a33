"""Checks a price snapshot when an order is placed. Deciding what the verdict means is the workflow's."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import activity

from activities.contracts import CheckSnapshot, SnapshotChecked
from domain.money import Money
from domain.ports.clock import Ids
from domain.ports.prices import (
    PriceBook,
    PriceSnapshots,
    SnapshotAlreadyUsedError,
    SnapshotNotFoundError,
)
from domain.pricing.calculate import Calculation, PriceNotFoundError, RequestedLine, calculate
from domain.pricing.snapshot import PriceSnapshot, Scene, Verdict, check_snapshot, take_snapshot


@dataclass(frozen=True, slots=True)
class PricingActivities:
    """Snapshots against today's price book."""

    snapshots: PriceSnapshots
    prices: PriceBook
    ids: Ids

    @activity.defn(name="check_price_snapshot")
    async def check_price_snapshot(self, asked: CheckSnapshot) -> SnapshotChecked:
        """One verdict on a snapshot, which then belongs to this order. Business refusals are results."""
        try:
            snapshot = await self._claimed(asked)
            today = await self._today(snapshot)
        except (SnapshotNotFoundError, SnapshotAlreadyUsedError, PriceNotFoundError) as refused:
            return SnapshotChecked(refusal=refused.code)
        tolerance = Money(asked.price_tolerance, snapshot.breakdown.currency)
        verdict = check_snapshot(snapshot, today.breakdown.total, tolerance, asked.now)
        if verdict is Verdict.HONOURED:
            return _checked(verdict, snapshot, snapshot.total, asked)
        fresh = take_snapshot(self.ids.new("snap"), Scene.CHECKOUT, asked.buyer_id, today, asked.now)
        await self.snapshots.save(fresh)
        if verdict is Verdict.RECALCULATED:
            await self.snapshots.claim(fresh.id, asked.order_id)
        return _checked(verdict, fresh, snapshot.total, asked)

    async def _claimed(self, asked: CheckSnapshot) -> PriceSnapshot:
        snapshot = await self.snapshots.get(asked.snapshot_id)
        if snapshot is None or not snapshot.serves(asked.buyer_id):
            raise SnapshotNotFoundError(snapshot_id=asked.snapshot_id)
        await self.snapshots.claim(snapshot.id, asked.order_id)
        return snapshot

    async def _today(self, snapshot: PriceSnapshot) -> Calculation:
        wanted = [RequestedLine(line.sku, line.quantity) for line in snapshot.lines]
        page = await self.prices.page({line.sku for line in wanted}, snapshot.breakdown.currency)
        return calculate(page, wanted)


def _checked(
    verdict: Verdict, snapshot: PriceSnapshot, shown_total: Money, asked: CheckSnapshot
) -> SnapshotChecked:
    return SnapshotChecked(
        verdict=verdict.value,
        snapshot_id=snapshot.id,
        expires_at=snapshot.expires_at,
        expiring_soon=snapshot.is_expiring_soon(asked.now),
        lines=snapshot.lines,
        goods=snapshot.goods,
        charges=snapshot.charges,
        total=snapshot.total,
        shown_total=shown_total,
    )
