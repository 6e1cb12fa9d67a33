"""Price snapshots: what a buyer was shown, immutable (requirements B26, B27). Checking is `consistency`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import DomainError
from domain.money import Money
from domain.order.lines import OrderLine
from domain.pricing.breakdown import GOODS, Layer, PriceBreakdown
from domain.pricing.calculation import AppliedPromotion, Calculation, Remark
from domain.pricing.request import LIFETIME, NO_WISHES, PriceRequest, RequestedLine, Scene, Wishes
from domain.stock.allowance import Claim

EXPIRING_SOON = timedelta(minutes=2)


class NotAFinalPriceError(DomainError):
    """A degraded price, or one calculated for another moment, cannot be ordered by."""

    code = "not_a_final_price"


@dataclass(frozen=True, slots=True)
class PriceSnapshot:
    """A calculated price under an unguessable id. `buyer_id` is None when anybody may use it.

    `was_new_buyer` and `segments` are who the buyer was then. `degraded`: promotions could not be read.
    """

    id: str
    scene: Scene
    buyer_id: str | None
    lines: tuple[OrderLine, ...]
    breakdown: PriceBreakdown
    rule_version: str
    created_at: datetime
    expires_at: datetime
    wishes: Wishes = NO_WISHES
    listed_prices: tuple[Money, ...] = ()
    promotions: tuple[AppliedPromotion, ...] = ()
    claims: tuple[Claim, ...] = ()
    remarks: tuple[Remark, ...] = ()
    was_new_buyer: bool = False
    segments: tuple[str, ...] = ()
    degraded: bool = False

    @property
    def currency(self) -> str:
        """Of everything in it."""
        return self.breakdown.currency

    @property
    def total(self) -> Money:
        """What would be charged."""
        return self.breakdown.total

    @property
    def goods(self) -> Money:
        """The goods' part of the total."""
        return self.breakdown.sum_of(*GOODS)

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

    def requested(self) -> tuple[RequestedLine, ...]:
        """What was asked for, so that it can be asked again."""
        return tuple(RequestedLine(line.sku, line.quantity) for line in self.lines)

    def prices(self, lines: Sequence[RequestedLine]) -> bool:
        """True when these are the SKUs and quantities of the snapshot, line by line."""
        return [(line.sku, line.quantity) for line in self.lines] == [
            (line.sku, line.quantity) for line in lines
        ]

    def serves(self, buyer_id: str) -> bool:
        """True when this buyer may use it."""
        return self.buyer_id is None or self.buyer_id == buyer_id


def take_snapshot(
    snapshot_id: str,
    request: PriceRequest,
    calculation: Calculation,
    now: datetime,
    *,
    buyer_id: str | None = None,
    degraded: bool = False,
) -> PriceSnapshot:
    """Freeze a calculation for the lifetime of its scene. `buyer_id` is who may use it; by default the
    buyer of the request.
    """
    buyer = request.buyer
    return PriceSnapshot(
        id=snapshot_id,
        scene=request.scene,
        buyer_id=buyer_id or (buyer.id if buyer else None),
        lines=calculation.lines,
        breakdown=calculation.breakdown,
        rule_version=calculation.rule_version,
        created_at=now,
        expires_at=now + LIFETIME[request.scene],
        wishes=request.wishes,
        listed_prices=calculation.listed_prices,
        promotions=calculation.promotions,
        claims=calculation.claims,
        remarks=calculation.remarks,
        was_new_buyer=buyer is not None and buyer.is_new(now),
        segments=tuple(sorted(buyer.segments)) if buyer else (),
        degraded=degraded,
    )
