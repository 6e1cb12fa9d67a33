"""Buy some, get some for nothing. Gifts are lines of the buyer's own basket; none is ever added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from domain.pricing.fields import Fields
from domain.pricing.kinds.bundles import rounds_of
from domain.pricing.promotion import Goods, Lane, Missing, Offer


@dataclass(frozen=True)
class BuyGift:
    """`{"min_quantity", "gift_quantity", "gift_sku", "max_rounds"}`; a gift is given whole or not at all.

    Without `gift_sku` the gift is more of the same: of every `min_quantity` + `gift_quantity` units the
    latter are free. With it the gift's units stand in the basket beside what was bought.
    """

    lane: ClassVar[Lane] = Lane.BUNDLE
    min_quantity: int
    gift_quantity: int
    gift_sku: str | None = None
    max_rounds: int | None = None

    @classmethod
    def from_terms(cls, terms: Mapping[str, Any]) -> Self:
        """Raises `InvalidValueError`."""
        read = Fields(terms, "terms")
        made = cls(
            read.units("min_quantity"),
            read.units("gift_quantity"),
            read.text("gift_sku") if read.has("gift_sku") else None,
            rounds_of(read),
        )
        read.done()
        return made

    @property
    def looks_beyond(self) -> frozenset[str]:
        """The gift, which need not be in the promotion's own scope."""
        return frozenset() if self.gift_sku is None else frozenset({self.gift_sku})

    def offers(self, goods: Sequence[Goods]) -> Sequence[Offer]:
        """See `PromotionRule`."""
        if self.gift_sku is None:
            return [offer for each in goods if (offer := self._more_of(each)) is not None]
        gift = next((each for each in goods if each.sku == self.gift_sku), None)
        bought = [each for each in goods if each.sku != self.gift_sku]
        return [offer for each in bought if (offer := self._with(each, gift)) is not None]

    def terms(self) -> Mapping[str, Any]:
        """See `PromotionRule`."""
        return {
            "min_quantity": self.min_quantity,
            "gift_quantity": self.gift_quantity,
            "gift_sku": self.gift_sku,
            "max_rounds": self.max_rounds,
        }

    def _rounds(self, quantity: int, a_round: int) -> int:
        rounds = quantity // a_round
        return rounds if self.max_rounds is None else min(rounds, self.max_rounds)

    def _more_of(self, goods: Goods) -> Offer | None:
        a_round = self.min_quantity + self.gift_quantity
        saved = self.gift_quantity * goods.unit_price
        where = (goods.sku,)
        rounds = self._rounds(goods.quantity, a_round)
        if not saved:
            return None
        if rounds:
            return Offer(rounds * saved, where, where)
        if goods.quantity < self.min_quantity:
            return None
        return Offer(0, where, where, Missing(saved, units=a_round - goods.quantity, sku=goods.sku))

    def _with(self, goods: Goods, gift: Goods | None) -> Offer | None:
        earned = self._rounds(goods.quantity, self.min_quantity)
        if not earned or self.gift_sku is None:
            return None
        there = gift.quantity if gift else 0
        price = gift.unit_price if gift else 0
        rounds = min(earned, there // self.gift_quantity)
        short = earned * self.gift_quantity - there
        saved = (earned - rounds) * self.gift_quantity * price
        missing = Missing(saved, units=short, sku=self.gift_sku) if short > 0 else None
        if not missing and not rounds * price:
            return None
        reduction = rounds * self.gift_quantity * price
        return Offer(reduction, (self.gift_sku,), (goods.sku, self.gift_sku), missing)
