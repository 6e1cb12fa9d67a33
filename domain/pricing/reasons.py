"""Why a price is another one than shown: the first cause that holds (requirements B25, B29).

It looks at a snapshot, today's calculation and what the price book says today; it decides no verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from domain.catalogue.buyers import Buyer
from domain.pricing.breakdown import Layer, PriceBreakdown
from domain.pricing.calculation import Calculation
from domain.pricing.eligibility import meets_conditions
from domain.pricing.promotion import Promotion, Shopper
from domain.pricing.request import FINAL_SCENES, Scene
from domain.pricing.snapshot import PriceSnapshot
from domain.stock.allowance import OF_PROMOTIONS, Allowance


class Reason(StrEnum):
    """Why a price is another one than shown; the first that holds, in this order."""

    PROMOTION_ENDED = "promotion_ended"
    PROMOTION_SOLD_OUT = "promotion_sold_out"
    NEW_BUYER_OFFER_OVER = "new_buyer_offer_over"
    PRICE_ADJUSTED = "price_adjusted"
    IDENTITY_CHANGED = "identity_changed"
    DEDUCTION_CHANGED = "deduction_changed"
    PRICE_COMPLETED = "price_completed"
    RULES_CHANGED = "rules_changed"


@dataclass(frozen=True, slots=True)
class Today:
    """What a snapshot is compared against, besides the calculation.

    `promotions` are those in the price book by id, also when this buyer is in none of their segments any
    more; `left` is what remains of what the snapshot or the calculation counts, the order's own as free.
    """

    now: datetime
    buyer: Buyer | None = None
    promotions: Mapping[str, Promotion] = field(default_factory=dict)
    left: Mapping[Allowance, int] = field(default_factory=dict)


def reason_for(snapshot: PriceSnapshot, calculation: Calculation, today: Today) -> Reason:
    """The first cause that holds; `RULES_CHANGED` when no other explains the difference."""
    lost = _lost(snapshot, calculation)
    known = [today.promotions[name] for name in lost if name in today.promotions]
    if any(not promotion.is_active(today.now) for promotion in known) or len(known) < len(lost):
        return Reason.PROMOTION_ENDED
    if _sold_out(snapshot, lost, today):
        return Reason.PROMOTION_SOLD_OUT
    if snapshot.was_new_buyer and any(_missed_for_newness(offer, snapshot, today) for offer in known):
        return Reason.NEW_BUYER_OFFER_OVER
    then, now = snapshot.breakdown, calculation.breakdown
    if _by_line(then, Layer.BASE) != _by_line(now, Layer.BASE):
        return Reason.PRICE_ADJUSTED
    if _identity(snapshot) != _identity_of(today):
        return Reason.IDENTITY_CHANGED
    # A page shows no deductions, so that a checkout only completes its price.
    if snapshot.scene is not Scene.DISPLAY and _deductions(then) != _deductions(now):
        return Reason.DEDUCTION_CHANGED
    same_goods = _by_line(then, Layer.PROMOTION) == _by_line(now, Layer.PROMOTION)
    if snapshot.scene not in FINAL_SCENES and same_goods:
        return Reason.PRICE_COMPLETED
    return Reason.RULES_CHANGED


def _lost(snapshot: PriceSnapshot, calculation: Calculation) -> Mapping[str, frozenset[str]]:
    """Promotions of the snapshot that give less today: each with the SKUs that it no longer reaches."""
    today = {applied.id: set(applied.skus) for applied in calculation.promotions}
    missed = {
        applied.id: frozenset(applied.skus) - today.get(applied.id, set()) for applied in snapshot.promotions
    }
    gone = {applied.id for applied in snapshot.promotions} - today.keys()
    return {name: skus for name, skus in missed.items() if skus or name in gone}


def _sold_out(snapshot: PriceSnapshot, lost: Mapping[str, frozenset[str]], today: Today) -> bool:
    claimed = {claim.allowance: claim.quantity for claim in snapshot.claims}
    ordered: Counter[str] = Counter()
    for line in snapshot.lines:
        ordered[line.sku] += line.quantity
    return any(
        left < claimed.get(allowance, ordered[allowance.sku])
        for allowance, left in today.left.items()
        if allowance.kind in OF_PROMOTIONS and allowance.sku in lost.get(allowance.subject, ())
    )


def _missed_for_newness(promotion: Promotion, snapshot: PriceSnapshot, today: Today) -> bool:
    """True when the buyer, being new no longer, misses it for that and nothing else."""
    buyer = today.buyer
    if buyer is None or buyer.is_new(today.now):
        return False
    wishes = snapshot.wishes
    as_they_are = Shopper(buyer, wishes.region, wishes.payment_method, today.now)
    as_new = replace(as_they_are, buyer=replace(buyer, registered_at=today.now, total_orders=0))
    return meets_conditions(promotion, as_new) and not meets_conditions(promotion, as_they_are)


def _identity(snapshot: PriceSnapshot) -> tuple[bool, tuple[str, ...]]:
    return snapshot.was_new_buyer, snapshot.segments


def _identity_of(today: Today) -> tuple[bool, tuple[str, ...]]:
    buyer = today.buyer
    return (buyer.is_new(today.now), tuple(sorted(buyer.segments))) if buyer else (False, ())


def _by_line(breakdown: PriceBreakdown, layer: Layer) -> Mapping[int, int]:
    sums: Counter[int] = Counter()
    for part in breakdown.components:
        if part.layer is layer:
            sums.update(dict(part.shares))
    return {line: amount for line, amount in sums.items() if amount}


def _deductions(breakdown: PriceBreakdown) -> Mapping[str, int]:
    sums: Counter[str] = Counter()
    for part in breakdown.components:
        if part.layer is Layer.DEDUCTION:
            sums[part.kind] += part.amount.amount
    return sums
