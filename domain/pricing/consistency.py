"""Does a shown price still hold? One comparison and how urgent an ending offer is (B25-B31).

Why a price is another one is told by `domain.pricing.reasons`, in people's words by `domain.pricing.words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.money import BASIS_POINTS, Money
from domain.pricing.calculation import AppliedPromotion, Calculation
from domain.pricing.claims import left_of
from domain.pricing.reasons import Reason, Today, reason_for
from domain.pricing.request import FINAL_SCENES
from domain.pricing.snapshot import NotAFinalPriceError, PriceSnapshot
from domain.stock.allowance import OF_PROMOTIONS, Allowance, Claim

__all__ = [
    "ExpirationWarning",
    "PriceCheck",
    "Reason",
    "Today",
    "Urgency",
    "Verdict",
    "compare",
    "expiration_warnings",
    "honoured_claims",
    "honoured_unseen",
    "urgency_of",
]

WARNED = timedelta(minutes=15)


class Verdict(StrEnum):
    """What a check of a snapshot found."""

    HONOURED = "honoured"
    RECALCULATED = "recalculated"
    CHANGED = "changed"


class Urgency(StrEnum):
    """How soon a shown price ends (requirement B31)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class PriceCheck:
    """The one comparison of a snapshot with today's price. `difference` is new minus old, signed.

    `today_known` is False when a valid snapshot was honoured although today's price could not be read; both
    totals are then the snapshot's.
    """

    verdict: Verdict
    old_total: Money
    new_total: Money
    reason: Reason | None = None
    expired: bool = False
    expiring_soon: bool = False
    today_known: bool = True

    @property
    def difference(self) -> Money:
        """What the buyer would pay more (or less, negative) today."""
        return self.new_total - self.old_total

    @property
    def difference_basis_points(self) -> int:
        """The size of the difference against the old price, rounded down; 10,000 when the old price was 0."""
        if self.difference.is_zero:
            return 0
        old = abs(self.old_total.amount)
        return abs(self.difference.amount) * BASIS_POINTS // old if old else BASIS_POINTS


@dataclass(frozen=True, slots=True)
class ExpirationWarning:
    """A promotion behind a shown price that ends within 15 minutes (requirement B30)."""

    promotion_id: str
    name: str
    ends_at: datetime
    time_left: timedelta
    urgency: Urgency


def compare(snapshot: PriceSnapshot, calculation: Calculation, tolerance: Money, today: Today) -> PriceCheck:
    """Compare a snapshot with what the same wishes cost today (domain rule 4).

    `calculation` is of the snapshot's own scene, or of a checkout when the snapshot's scene is not charged.
    `tolerance` is how far today's price may have moved while the snapshot is honoured. Raises
    `NotAFinalPriceError` for a degraded snapshot, `CurrencyMismatchError` for amounts of another currency.
    """
    if snapshot.degraded:
        raise NotAFinalPriceError(snapshot_id=snapshot.id)
    old, new = snapshot.total, calculation.total
    difference = new - old
    expired = snapshot.is_expired(today.now)
    if snapshot.scene in FINAL_SCENES and not expired:
        holds = -tolerance <= difference <= tolerance
        verdict = Verdict.HONOURED if holds else Verdict.CHANGED
    else:
        verdict = Verdict.RECALCULATED if difference.is_zero else Verdict.CHANGED
    reason = None if difference.is_zero else reason_for(snapshot, calculation, today)
    return PriceCheck(verdict, old, new, reason, expired, snapshot.is_expiring_soon(today.now))


def honoured_unseen(snapshot: PriceSnapshot, now: datetime) -> PriceCheck | None:
    """A snapshot's check when today's price cannot be read: honoured while it is valid, else None.

    Nobody guesses: without a valid snapshot there is no price. Raises `NotAFinalPriceError` when degraded.
    """
    if snapshot.degraded:
        raise NotAFinalPriceError(snapshot_id=snapshot.id)
    if snapshot.scene not in FINAL_SCENES or snapshot.is_expired(now):
        return None
    soon = snapshot.is_expiring_soon(now)
    return PriceCheck(Verdict.HONOURED, snapshot.total, snapshot.total, expiring_soon=soon, today_known=False)


def honoured_claims(snapshot: PriceSnapshot, left: Mapping[Allowance, int]) -> tuple[Claim, ...]:
    """What an order by an honoured snapshot has to hold besides goods, given what is left today.

    A promotion whose units are gone since is not claimed: the price is honoured without it. A voucher and
    points are always claimed, because they are spent, not promised.
    """
    return tuple(
        claim
        for claim in snapshot.claims
        if claim.allowance.kind not in OF_PROMOTIONS
        or left_of(left, claim.allowance, claim.limit) >= claim.quantity
    )


def expiration_warnings(
    promotions: Iterable[AppliedPromotion], now: datetime
) -> tuple[ExpirationWarning, ...]:
    """A warning for each promotion that ends within 15 minutes, the soonest first; none for ended ones."""
    ending = (promotion for promotion in promotions if timedelta(0) < promotion.ends_at - now <= WARNED)
    return tuple(
        ExpirationWarning(
            promotion.id,
            promotion.name,
            promotion.ends_at,
            promotion.ends_at - now,
            urgency_of(promotion.ends_at - now),
        )
        for promotion in sorted(ending, key=lambda promotion: (promotion.ends_at, promotion.id))
    )


def urgency_of(time_left: timedelta) -> Urgency:
    """Under 2 minutes critical, under 5 high, under 15 medium, else low (requirement B31)."""
    if time_left < timedelta(minutes=2):
        return Urgency.CRITICAL
    if time_left < timedelta(minutes=5):
        return Urgency.HIGH
    return Urgency.MEDIUM if time_left < WARNED else Urgency.LOW
