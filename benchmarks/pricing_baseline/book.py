"""What the baseline knows of a request: amounts are `Decimal` in the currency's unit, never minor units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from benchmarks.pricing_baseline.rounding import percentage
from domain.catalogue.buyers import Buyer
from domain.pricing.promotion import Shopper
from domain.pricing.request import Scene
from domain.specification import Specification

ZERO = Decimal(0)


class Lane(StrEnum):
    """In order of calculation."""

    ITEM = "item"
    BUNDLE = "bundle"
    SHOP = "shop"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Line:
    """One line with the prices of its SKU; `number` is its place in the request, from 0."""

    number: int
    sku: str
    merchant: str
    title: str
    physical: bool
    quantity: int
    market: Decimal
    daily: Decimal
    listed: Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """From `minimum` on, an amount or a percentage off."""

    minimum: Decimal
    amount: Decimal = ZERO
    percent: Decimal = ZERO

    def off(self, spent: Decimal, unit: Decimal) -> Decimal:
        """What it takes off such a sum that reaches it."""
        return min(self.amount or percentage(spent, self.percent, unit), spent)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A promotion with what any kind may need; `left` is what quota and limit leave, by SKU."""

    id: str
    name: str
    kind: str
    funder: str
    lane: Lane
    starts_at: datetime
    ends_at: datetime
    merchant: str | None
    skus: frozenset[str] | None
    segments: frozenset[str]
    condition: Specification[Shopper]
    only_new: bool
    only_known: bool
    priority: int
    exclusive: bool
    min_quantity: int
    has_quota: bool
    limit: int | None
    left: Mapping[str, int] | None = None
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    round_units: int = 1
    max_rounds: int | None = None
    percent: Decimal = ZERO
    amount: Decimal = ZERO
    gift_units: int = 0
    gift_sku: str | None = None
    tiers: Sequence[Tier] = ()


@dataclass(frozen=True, slots=True)
class VoucherTerms:
    """A voucher; `usable` is what its counts say."""

    code: str
    name: str
    funder: str
    percent: Decimal
    amount: Decimal
    currency: str
    starts_at: datetime
    ends_at: datetime
    minimum: Decimal
    cap: Decimal | None
    merchant: str | None
    skus: frozenset[str] | None
    buyer_id: str | None
    condition: Specification[Shopper]
    usable: bool
    has_uses: bool
    limit: int | None


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a payment method takes off by itself."""

    percent: Decimal
    amount: Decimal
    cap: Decimal | None
    minimum: Decimal


@dataclass(frozen=True, slots=True)
class Fee:
    """An amount and a percentage."""

    amount: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class PointsTerms:
    """How many points the buyer has, and the smallest number that is worth whole minor units."""

    balance: int
    points: int
    worth: Decimal
    cap: Decimal


@dataclass(frozen=True, slots=True)
class Basket:
    """One request with everything that takes part in its price.

    Lines stand by SKU and quantity, so that the order of the request decides nothing, not even a tie.
    """

    unit: Decimal
    currency: str
    scene: Scene
    lines: Sequence[Line]
    buyer: Buyer | None
    shopper: Shopper
    campaigns: Sequence[Campaign]
    by_priority: frozenset[Lane]
    voucher: VoucherTerms | None
    points_wanted: int
    points: PointsTerms | None
    payment: Reduction | None
    deduction_cap: Decimal
    delivery: Mapping[str, tuple[Decimal, Decimal | None]]
    services: Mapping[str, Fee]
    platform: Fee | None
    handling: Decimal
