"""Prices of one unit instead of the daily price: flash sale, new buyers', VIP's and a daily offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from domain.errors import InvalidValueError
from domain.money import LARGEST_AMOUNT
from domain.pricing.fields import Fields, text, whole
from domain.pricing.promotion import Goods, Lane, Offer

MOST_PRICES = 1_000


@dataclass(frozen=True)
class UnitPrices:
    """`{"prices": {"<sku>": minor units of one}}`. A price that is not below the daily one is no offer."""

    lane: ClassVar[Lane] = Lane.ITEM
    prices: Mapping[str, int]

    @classmethod
    def from_terms(cls, terms: Mapping[str, Any]) -> Self:
        """Raises `InvalidValueError` for no price, more than 1,000 or one below nothing."""
        read = Fields(terms, "terms")
        given = read.mapping("prices")
        read.done()
        if not 1 <= len(given) <= MOST_PRICES:
            raise InvalidValueError(field="terms.prices", rule=f"1 to {MOST_PRICES} prices")
        return cls(
            {
                text(name, "terms.prices"): whole(price, f"terms.prices.{name}", 0, LARGEST_AMOUNT)
                for name, price in given.items()
            }
        )

    def offers(self, goods: Sequence[Goods]) -> Sequence[Offer]:
        """See `PromotionRule`."""
        return [
            Offer((each.unit_price - price) * each.quantity, (each.sku,), (each.sku,))
            for each in goods
            if (price := self.prices.get(each.sku)) is not None and price < each.unit_price
        ]

    def terms(self) -> Mapping[str, Any]:
        """See `PromotionRule`."""
        return {"prices": dict(sorted(self.prices.items()))}
