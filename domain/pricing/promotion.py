"""A promotion: who may have what cheaper, when, and at whose cost. What it gives is its rule's matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Protocol

from domain.catalogue.buyers import Buyer
from domain.errors import DomainError, InvalidValueError
from domain.pricing.breakdown import Funder
from domain.specification import AllOf, Specification


class UnknownPromotionKindError(DomainError):
    """No kind of promotion is registered under this name."""

    code = "unknown_promotion_kind"


class Lane(StrEnum):
    """Where a promotion competes, in order of calculation: in a lane one wins, lanes add up."""

    ITEM = "item"
    BUNDLE = "bundle"
    SHOP = "shop"
    PLATFORM = "platform"


class Selector(StrEnum):
    """How a lane chooses: the cheapest for the buyer, or by priority (requirements B18, B21, B47)."""

    LOWEST_PRICE = "lowest_price"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class Shopper:
    """Whom conditions are about: the buyer, where and how they buy, and when."""

    buyer: Buyer | None
    region: str
    payment_method: str
    now: datetime


# Goods, what is missing and offers are tuples: a search makes thousands of them.
class Goods(NamedTuple):
    """All lines of one SKU together, as a rule sees them.

    Lines of one SKU count as one: for minimum quantities, quotas, limits and rounds. `unit_price` is the
    price of one after the item lane, `amount` what all of them cost after the lanes before this one. In the
    item lane both are those of the daily (discount) price. Minor units.
    """

    sku: str
    merchant_id: str
    quantity: int
    unit_price: int
    amount: int


class Missing(NamedTuple):
    """What a buyer would have to add to save `saves`: `amount` more (minor units), or `units` more of `sku`.

    `saves` is what would come off in all; 0 when it is not known, as for a gift that is not in the basket.
    `further` are steps beyond it, each asking for more and saving more: when another promotion saves more
    than this one would, one of them may still be worth it.
    """

    saves: int
    amount: int = 0
    units: int = 0
    sku: str = ""
    further: tuple[Missing, ...] = ()


class Offer(NamedTuple):
    """What a rule gives on some goods: `reduction` in minor units, carried by the lines of `carried_by`.

    `occupies` are the SKUs whose units earn it; in the bundle lane no other reward may use them, and all of
    their quantity counts against quotas and limits. A reduction of 0 is no offer; `missing` says what would
    make one, or a better one. A rule whose reduction jumps with the amount says so there: the engine looks
    for a lower total only where something is missing.
    """

    reduction: int
    carried_by: tuple[str, ...]
    occupies: tuple[str, ...]
    missing: Missing | None = None


class PromotionRule(Protocol):
    """What a kind of promotion gives. A new kind is one class of this shape, registered under its name.

    Rules are immutable, know their lane, and see the goods in scope: one SKU at a time in the item lane, all
    in the bundle lane, one merchant's in the shop lane, all in the platform lane. They never see money that
    belongs to later lanes, and never reduce below zero.
    """

    lane: ClassVar[Lane]

    def offers(self, goods: Sequence[Goods]) -> Sequence[Offer]:
        """Each independent offer on these goods; none when there is nothing to give and nothing to hint."""
        ...

    def terms(self) -> Mapping[str, Any]:
        """What it was made of, as JSON; its kind makes an equal rule of them again."""
        ...


@dataclass(frozen=True, slots=True)
class Promotion:
    """One campaign. `kind` is the registered name of `rule`'s class.

    `merchant_id` is None for the platform's own. `skus` limits the goods, None means all (of the merchant).
    `priority`: the smaller number goes first. `has_quota`: units are counted, what is left is told with the
    page. `segments`: only for buyers in one of these, anybody when it is empty. `per_buyer_limit`: most units
    of one SKU for one buyer. Active from `starts_at` on and until just before `ends_at`.

    Raises `InvalidValueError` for an empty window, a minimum below 1, a limit below 1.
    """

    id: str
    name: str
    kind: str
    rule: PromotionRule
    currency: str
    starts_at: datetime
    ends_at: datetime
    funder: Funder
    merchant_id: str | None = None
    skus: frozenset[str] | None = None
    segments: frozenset[str] = frozenset()
    condition: Specification[Shopper] = field(default_factory=lambda: AllOf(()))
    priority: int = 100
    exclusive: bool = False
    min_quantity: int = 1
    has_quota: bool = False
    per_buyer_limit: int | None = None
    version: int = 1

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise InvalidValueError(field="ends_at", rule="later than starts_at")
        if self.min_quantity < 1:
            raise InvalidValueError(field="min_quantity", rule="at least 1")
        if self.per_buyer_limit is not None and self.per_buyer_limit < 1:
            raise InvalidValueError(field="per_buyer_limit", rule="at least 1")
        if self.funder not in {Funder.MERCHANT, Funder.PLATFORM}:
            raise InvalidValueError(field="funder", rule="merchant or platform")

    @property
    def lane(self) -> Lane:
        """Where it competes."""
        return self.rule.lane

    def is_active(self, now: datetime) -> bool:
        """From its start, until just before its end (requirement B15)."""
        return self.starts_at <= now < self.ends_at

    def covers(self, sku: str, merchant_id: str) -> bool:
        """True when these goods are in its scope."""
        ours = self.merchant_id is None or self.merchant_id == merchant_id
        return ours and (self.skus is None or sku in self.skus)
