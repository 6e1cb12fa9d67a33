"""Buy N of a SKU at M % off, at an amount off, or at a fixed total; in rounds (requirement B22)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from domain.pricing.fields import Fields
from domain.pricing.promotion import Goods, Lane, Missing, Offer
from domain.pricing.rounding import share


@dataclass(frozen=True)
class Bundle(ABC):
    """Every `min_quantity` units of a SKU are a round; at most `max_rounds` of them earn the reduction."""

    lane: ClassVar[Lane] = Lane.BUNDLE
    min_quantity: int
    max_rounds: int | None

    @abstractmethod
    def off(self, round_price: int) -> int:
        """What a round of that price is reduced by: from 0 to its price, minor units."""

    def offers(self, goods: Sequence[Goods]) -> Sequence[Offer]:
        """See `PromotionRule`: each SKU is an offer of its own."""
        return [offer for each in goods if (offer := self._offer(each)) is not None]

    def _offer(self, goods: Goods) -> Offer | None:
        reduction = self.off(goods.unit_price * self.min_quantity)
        if not reduction:
            return None
        rounds = goods.quantity // self.min_quantity
        if self.max_rounds is not None:
            rounds = min(rounds, self.max_rounds)
        if rounds:
            return Offer(rounds * reduction, (goods.sku,), (goods.sku,))
        short = Missing(reduction, units=self.min_quantity - goods.quantity, sku=goods.sku)
        return Offer(0, (goods.sku,), (goods.sku,), short)


@dataclass(frozen=True)
class BundlePercentage(Bundle):
    """`{"min_quantity", "basis_points", "max_rounds"}`; rounded half up for each round."""

    basis_points: int

    @classmethod
    def from_terms(cls, terms: Mapping[str, Any]) -> Self:
        """Raises `InvalidValueError`."""
        read = Fields(terms, "terms")
        made = cls(read.units("min_quantity"), rounds_of(read), read.basis_points("basis_points"))
        read.done()
        return made

    def off(self, round_price: int) -> int:
        """See `Bundle`."""
        return share(round_price, self.basis_points)

    def terms(self) -> Mapping[str, Any]:
        """See `PromotionRule`."""
        return {
            "min_quantity": self.min_quantity,
            "basis_points": self.basis_points,
            "max_rounds": self.max_rounds,
        }


@dataclass(frozen=True)
class BundleAmount(Bundle):
    """`{"min_quantity", "amount", "max_rounds"}`; never more than the round costs."""

    amount: int

    @classmethod
    def from_terms(cls, terms: Mapping[str, Any]) -> Self:
        """Raises `InvalidValueError`."""
        read = Fields(terms, "terms")
        made = cls(read.units("min_quantity"), rounds_of(read), read.whole("amount", 1))
        read.done()
        return made

    def off(self, round_price: int) -> int:
        """See `Bundle`."""
        return min(self.amount, round_price)

    def terms(self) -> Mapping[str, Any]:
        """See `PromotionRule`."""
        return {"min_quantity": self.min_quantity, "amount": self.amount, "max_rounds": self.max_rounds}


@dataclass(frozen=True)
class BundleTotal(Bundle):
    """`{"min_quantity", "total", "max_rounds"}`; a round that costs less than the total stays as it is."""

    total: int

    @classmethod
    def from_terms(cls, terms: Mapping[str, Any]) -> Self:
        """Raises `InvalidValueError`."""
        read = Fields(terms, "terms")
        made = cls(read.units("min_quantity"), rounds_of(read), read.whole("total"))
        read.done()
        return made

    def off(self, round_price: int) -> int:
        """See `Bundle`."""
        return max(0, round_price - self.total)

    def terms(self) -> Mapping[str, Any]:
        """See `PromotionRule`."""
        return {"min_quantity": self.min_quantity, "total": self.total, "max_rounds": self.max_rounds}


def rounds_of(read: Fields) -> int | None:
    """The `max_rounds` of some terms; None when nothing limits them."""
    return read.units("max_rounds") if read.has("max_rounds") else None
