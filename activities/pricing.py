"""Checks a price snapshot when an order is placed. Deciding what the verdict means is the workflow's."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from temporalio import activity

from activities.contracts import CheckSnapshot, SnapshotChecked
from activities.price_desk import Checked, PriceDesk
from domain.errors import DomainError
from domain.money import Money
from domain.ports.notices import Alert, AlertLevel, Notices
from domain.ports.price_checks import PriceChecks, RecordedCheck
from domain.ports.prices import PriceSnapshots, SnapshotAlreadyUsedError, SnapshotNotFoundError
from domain.pricing.book import PriceNotFoundError, ServiceNotFoundError
from domain.pricing.consistency import Reason, Verdict
from domain.pricing.snapshot import NotAFinalPriceError, PriceSnapshot

# Requirement B37: beyond ten per cent somebody looks at once.
FAR_OFF: Final = 1_000
# What a buyer can cause. `PricesUnavailableError` is none of these: the call fails and is made again, because
# an order that was accepted waits for its price rather than being refused for our own trouble.
_REFUSALS: Final[tuple[type[DomainError], ...]] = (
    SnapshotNotFoundError,
    SnapshotAlreadyUsedError,
    NotAFinalPriceError,
    PriceNotFoundError,
    ServiceNotFoundError,
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PricingActivities:
    """Snapshots against today's price; every finding is recorded."""

    desk: PriceDesk
    snapshots: PriceSnapshots
    checks: PriceChecks
    notices: Notices

    @activity.defn(name="check_price_snapshot")
    async def check_price_snapshot(self, asked: CheckSnapshot) -> SnapshotChecked:
        """One verdict on a snapshot, which then belongs to this order. Business refusals are results.

        Raises `PricesUnavailableError` when today's price cannot be read and the snapshot has expired.
        """
        try:
            shown = await self._claimed(asked)
            tolerance = Money(asked.price_tolerance, shown.currency)
            found = await self.desk.check(asked.order_id, shown, asked.buyer_id, tolerance, asked.now)
        except _REFUSALS as refused:
            return SnapshotChecked(refusal=refused.code)
        snapshot = await self._recorded(asked, found)
        if found.check.verdict is Verdict.RECALCULATED:
            await self.snapshots.claim(snapshot.id, asked.order_id)
        await self._tell_of_a_large_difference(asked, found)
        return _answer(found, snapshot)

    async def _claimed(self, asked: CheckSnapshot) -> PriceSnapshot:
        snapshot = await self.snapshots.get(asked.snapshot_id)
        if snapshot is None or not snapshot.serves(asked.buyer_id):
            raise SnapshotNotFoundError(snapshot_id=asked.snapshot_id)
        await self.snapshots.claim(snapshot.id, asked.order_id)
        return snapshot

    async def _recorded(self, asked: CheckSnapshot, found: Checked) -> PriceSnapshot:
        """Record what was found; the snapshot to go on with, which is the one that is on record.

        A call that is made again after a crash finds its own record. Its fresh snapshot would then be one
        that nobody can find from the order, so the first one is used while it is as good.
        """
        done = RecordedCheck(
            order_id=asked.order_id,
            snapshot_id=asked.snapshot_id,
            next_snapshot_id=found.snapshot.id,
            checked_at=asked.now,
            check=found.check,
            rule_version=found.today.rule_version if found.today else found.snapshot.rule_version,
        )
        if await self.checks.record(done) or not found.fresh:
            return found.snapshot
        finding = (asked.snapshot_id, found.check.verdict)
        known = await self.checks.of_order(asked.order_id)
        on_record = next(each for each in known if (each.snapshot_id, each.check.verdict) == finding)
        first = await self.snapshots.get(on_record.next_snapshot_id)
        usable = first and first.total == found.snapshot.total and not first.is_expired(asked.now)
        return first if first and usable else found.snapshot

    async def _tell_of_a_large_difference(self, asked: CheckSnapshot, found: Checked) -> None:
        check = found.check
        # A page that lacked fees was not wrong.
        if check.difference_basis_points <= FAR_OFF or check.reason is Reason.PRICE_COMPLETED:
            return
        alert = Alert(
            key=f"price_far_off:{asked.order_id}:{asked.snapshot_id}",
            level=AlertLevel.HIGH,
            code="price_far_off",
            order_id=asked.order_id,
            facts=(
                ("snapshot_id", asked.snapshot_id),
                ("shown", str(check.old_total)),
                ("today", str(check.new_total)),
                ("basis_points", str(check.difference_basis_points)),
                ("reason", check.reason.value if check.reason else ""),
            ),
        )
        try:
            await self.notices.raise_alert(alert)
        except Exception:  # noqa: BLE001 - whatever it is, an order does not wait for it
            _log.exception("the alert %s was lost", alert.key)


def _answer(found: Checked, snapshot: PriceSnapshot) -> SnapshotChecked:
    check, breakdown = found.check, snapshot.breakdown
    return SnapshotChecked(
        verdict=check.verdict.value,
        snapshot_id=snapshot.id,
        expires_at=snapshot.expires_at,
        expiring_soon=check.expiring_soon,
        lines=snapshot.lines,
        goods=snapshot.goods,
        charges=snapshot.charges,
        total=snapshot.total,
        shown_total=check.old_total,
        reason=check.reason.value if check.reason else "",
        claims=found.claims if snapshot is found.snapshot else snapshot.claims,
        converts=snapshot.wishes.hold_ids,
        line_goods=tuple(goods.amount for goods in breakdown.line_goods()),
        delivery_fee=breakdown.sum_of_kind("delivery_fee"),
        steps=tuple((step.label, step.amount.amount) for step in breakdown.steps()),
        payment_method=snapshot.wishes.payment_method,
    )
