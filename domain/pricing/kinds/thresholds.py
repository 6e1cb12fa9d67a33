"""Spend so much, save so much: one threshold or several tiers, of a shop or over the whole basket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from domain.errors import InvalidValueError
from domain.pricing.fields import Fields
from domain.pricing.promotion import Goods, Lane, Missing, Offer
from domain.pricing.rounding import share

MOST_TIERS = 20


@dataclass(frozen=True, slots=True)
class Tier:
    """From `minimum` minor units on: `amount` off, or `basis_points` of what the goods cost."""

    minimum: int
    amount: int = 0
    basis_points: int = 0

    def off(self, spent: int) -> int:
        """What it takes off such a sum; the minimum is the caller's matter."""
        return share(spent, self.basis_points) if self.basis_points else min(self.amount, spent)


@dataclass(frozen=True)
class Tiers:
    """The tier that is best for the buyer, of those that the goods in scope reach."""

    lane: ClassVar[Lane]
    tiers: tuple[Tier, ...]

    def offers(self, goods: Sequence[Goods]) -> Sequence[Offer]:
        """See `PromotionRule`: one offer on all the goods."""
        spent = sum([each.amount for each in goods])
        reduction = max((tier.off(spent) for tier in self.tiers if tier.minimum <= spent), default=0)
        missing = self._missing(spent, reduction)
        if not reduction and missing is None:
            return ()
        where = tuple([each.sku for each in goods])
        return (Offer(reduction, where, where, missing),)

    def _missing(self, spent: int, reduction: int) -> Missing | None:
        # Only what saves more than the buyer has already: the engine hopes for nothing else.
        steps: list[Missing] = []
        for tier in self.tiers:
            if tier.minimum > spent and tier.off(tier.minimum) > reduction:
                reduction = tier.off(tier.minimum)
                steps.append(Missing(reduction, amount=tier.minimum - spent))
        return steps[0]._replace(further=tuple(steps[1:])) if steps else None


@dataclass(frozen=True)
class Threshold(Tiers):
    """`{"minimum", "amount"}`: 满减."""

    @classmethod
    def from_terms(cls, terms: Mapping[str, Any]) -> Self:
        """Raises `InvalidValueError`."""
        read = Fields(terms, "terms")
        tier = Tier(read.whole("minimum", 1), amount=read.whole("amount", 1))
        read.done()
        return cls((tier,))

    def terms(self) -> Mapping[str, Any]:
        """See `PromotionRule`."""
        return {"minimum": self.tiers[0].minimum, "amount": self.tiers[0].amount}


@dataclass(frozen=True)
class Tiered(Tiers):
    """`{"tiers": [{"minimum", "amount" or "basis_points"}, …]}`, minimums rising: 阶梯优惠."""

    @classmethod
    def from_terms(cls, terms: Mapping[str, Any]) -> Self:
        """Raises `InvalidValueError` for no tier, more than 20, or minimums that do not rise."""
        read = Fields(terms, "terms")
        tiers = tuple(_tier(place, each) for place, each in enumerate(read.sequence("tiers")))
        read.done()
        minimums = [tier.minimum for tier in tiers]
        if not 1 <= len(tiers) <= MOST_TIERS or minimums != sorted(set(minimums)):
            raise InvalidValueError(field="terms.tiers", rule=f"1 to {MOST_TIERS}, minimums rising")
        return cls(tiers)

    def terms(self) -> Mapping[str, Any]:
        """See `PromotionRule`."""
        return {"tiers": [_tier_terms(tier) for tier in self.tiers]}


class ShopThreshold(Threshold):
    """A threshold on one merchant's goods."""

    lane: ClassVar[Lane] = Lane.SHOP


class ShopTiered(Tiered):
    """Tiers on one merchant's goods."""

    lane: ClassVar[Lane] = Lane.SHOP


class PlatformThreshold(Threshold):
    """A threshold on everything in scope."""

    lane: ClassVar[Lane] = Lane.PLATFORM


class PlatformTiered(Tiered):
    """Tiers on everything in scope."""

    lane: ClassVar[Lane] = Lane.PLATFORM


def _tier(place: int, document: Any) -> Tier:
    read = Fields(document, f"terms.tiers[{place}]")
    minimum = read.whole("minimum", 1)
    by_amount, by_share = read.has("amount"), read.has("basis_points")
    if by_amount is by_share:
        raise InvalidValueError(field=f"terms.tiers[{place}]", rule="either amount or basis_points")
    tier = (
        Tier(minimum, amount=read.whole("amount", 1))
        if by_amount
        else Tier(minimum, basis_points=read.basis_points("basis_points"))
    )
    read.done()
    return tier


def _tier_terms(tier: Tier) -> Mapping[str, int]:
    if tier.basis_points:
        return {"minimum": tier.minimum, "basis_points": tier.basis_points}
    return {"minimum": tier.minimum, "amount": tier.amount}
