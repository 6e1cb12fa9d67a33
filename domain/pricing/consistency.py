"""Does a shown price still hold? One comparison, its reason, and how urgent an ending offer is (B25-B31)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.money import BASIS_POINTS, Money


class Verdict(StrEnum):
    """What a check of a snapshot found."""

    HONOURED = "honoured"
    RECALCULATED = "recalculated"
    CHANGED = "changed"


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


class Urgency(StrEnum):
    """How soon a shown price ends (requirement B31)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class PriceCheck:
    """The one comparison of a snapshot with today's price. `difference` is new minus old, signed."""

    verdict: Verdict
    old_total: Money
    new_total: Money
    reason: Reason | None = None
    expired: bool = False
    expiring_soon: bool = False

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
