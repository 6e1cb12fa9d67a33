"""The calculator's answer: priced lines, breakdown, what must be held, and what the buyer should know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.order.lines import OrderLine
from domain.pricing.breakdown import Funder, PriceBreakdown
from domain.stock.allowance import Claim


@dataclass(frozen=True, slots=True)
class AppliedPromotion:
    """A promotion that took part, with its end and what it took off (a positive amount)."""

    id: str
    name: str
    kind: str
    ends_at: datetime
    reduction: Money
    funder: Funder
    skus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a price that its buyer should know; `code` is a slug.

    `add_more`: spend `amount` more, or add `units` of `sku`, to save `saves` by promotion `source`.
    `promotion_short`: promotion `source` has only `units` left of `sku` (for this buyer), so it does not
    apply. `voucher_not_applied`: voucher `source`, because of `reason`. `points_not_applied`: `reason`.
    """

    code: str
    source: str = ""
    reason: str = ""
    sku: str = ""
    units: int = 0
    amount: Money | None = None
    saves: Money | None = None


@dataclass(frozen=True, slots=True)
class Calculation:
    """Same inputs, same bytes. `rule_version` is the content hash of the rules and prices that took part.

    `claims` are what an order must hold besides goods. `lines` have the unit price of the item lane;
    `listed_prices` are each line's price of one to show struck through.
    """

    lines: tuple[OrderLine, ...]
    breakdown: PriceBreakdown
    rule_version: str
    listed_prices: tuple[Money, ...] = ()
    promotions: tuple[AppliedPromotion, ...] = ()
    claims: tuple[Claim, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def total(self) -> Money:
        """What would be charged."""
        return self.breakdown.total
