"""Price snapshots: what a buyer was shown, immutable, and whether it still holds (requirements B26-B28)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.money import Money
from domain.order.lines import OrderLine
from domain.pricing.breakdown import Layer, PriceBreakdown
from domain.pricing.calculate import Calculation, RequestedLine

EXPIRING_SOON = timedelta(minutes=2)


class Scene(StrEnum):
    """What a price is shown for; it sets how long the snapshot holds (domain rule 3)."""

    DISPLAY = "display"
    CART = "cart"
    ORDER = "order"
    CHECKOUT = "checkout"


LIFETIME = {
    Scene.DISPLAY: timedelta(minutes=10),
    Scene.CART: timedelta(minutes=10),
    Scene.ORDER: timedelta(minutes=30),
    Scene.CHECKOUT: timedelta(minutes=15),
}


@dataclass(frozen=True, slots=True)
class PriceSnapshot:
    """A calculated price under an unguessable id. `buyer_id` is None when anybody may use it."""

    id: str
    scene: Scene
    buyer_id: str | None
    lines: tuple[OrderLine, ...]
    breakdown: PriceBreakdown
    rule_version: str
    created_at: datetime
    expires_at: datetime

    @property
    def total(self) -> Money:
        """What would be charged."""
        return self.breakdown.total

    @property
    def goods(self) -> Money:
        """The goods' part of the total."""
        return self.breakdown.sum_of(Layer.BASE, Layer.PROMOTION, Layer.DEDUCTION)

    @property
    def charges(self) -> Money:
        """The fees' part of the total."""
        return self.breakdown.sum_of(Layer.CHARGE)

    def is_expired(self, now: datetime) -> bool:
        """True from the instant of expiry on."""
        return now >= self.expires_at

    def is_expiring_soon(self, now: datetime) -> bool:
        """True in the last two minutes before expiry (B28); an expired one is past that."""
        return timedelta(0) < self.expires_at - now < EXPIRING_SOON

    def prices(self, lines: Sequence[RequestedLine]) -> bool:
        """True when these are the SKUs and quantities of the snapshot, line by line."""
        return [(line.sku, line.quantity) for line in self.lines] == [
            (line.sku, line.quantity) for line in lines
        ]

    def serves(self, buyer_id: str) -> bool:
        """True when this buyer may use it."""
        return self.buyer_id is None or self.buyer_id == buyer_id


def take_snapshot(
    snapshot_id: str, scene: Scene, buyer_id: str | None, calculation: Calculation, now: datetime
) -> PriceSnapshot:
    """Freeze a calculation for the lifetime of its scene."""
    return PriceSnapshot(
        id=snapshot_id,
        scene=scene,
        buyer_id=buyer_id,
        lines=calculation.lines,
        breakdown=calculation.breakdown,
        rule_version=calculation.rule_version,
        created_at=now,
        expires_at=now + LIFETIME[scene],
    )


class Verdict(StrEnum):
    """What a check of a snapshot found."""

    HONOURED = "honoured"
    RECALCULATED = "recalculated"
    CHANGED = "changed"


def check_snapshot(snapshot: PriceSnapshot, today: Money, tolerance: Money, now: datetime) -> Verdict:
    """Compare a snapshot with today's total.

    Valid and within `tolerance` of today: honoured at the snapshot's price. Expired with the same total:
    goes on with a fresh snapshot. Anything else: the buyer must be asked. Raises `CurrencyMismatchError`.
    """
    difference = max(today - snapshot.total, snapshot.total - today)
    if snapshot.is_expired(now):
        return Verdict.RECALCULATED if difference.is_zero else Verdict.CHANGED
    return Verdict.HONOURED if difference <= tolerance else Verdict.CHANGED
