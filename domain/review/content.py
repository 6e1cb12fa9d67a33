"""What a proposal asks for: new base prices of a SKU, or a promotion, for a time. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.catalogue.items import LONGEST_ID, BasePrice
from domain.errors import InvalidValueError


class Subject(StrEnum):
    """What a proposal is about."""

    ITEM_PRICE = "item_price"
    PROMOTION = "promotion"


@dataclass(frozen=True, slots=True)
class NewPrices:
    """Base prices of a SKU, one for each currency and region. Raises `InvalidValueError`."""

    sku: str
    prices: tuple[BasePrice, ...]

    def __post_init__(self) -> None:
        if not self.sku or len(self.sku) > LONGEST_ID:
            raise InvalidValueError(field="sku", rule=f"1 to {LONGEST_ID} characters")
        places = [(price.market_price.currency, price.region) for price in self.prices]
        if not places or len(set(places)) != len(places):
            raise InvalidValueError(field="prices", rule="one for each currency and region, at least one")


@dataclass(frozen=True, slots=True)
class NewPromotion:
    """A promotion as its document, with what takes part in finding others like it.

    `skus` is None for all goods of the merchant. `quotas` are units for each SKU. The document is kept, and
    not the promotion, so that old proposals stay readable when a kind of promotion is gone.
    """

    kind: str
    document: Mapping[str, Any]
    skus: frozenset[str] | None = None
    quotas: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """Prices or a promotion, exactly one of them, from `starts_at` until just before `ends_at`.

    Prices may hold for good (None); a promotion always ends. Raises `InvalidValueError`.
    """

    starts_at: datetime
    ends_at: datetime | None
    prices: NewPrices | None = None
    promotion: NewPromotion | None = None

    def __post_init__(self) -> None:
        if (self.prices is None) == (self.promotion is None):
            raise InvalidValueError(field="subject", rule="prices or a promotion")
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise InvalidValueError(field="ends_at", rule="later than starts_at")
        if self.promotion is not None and self.ends_at is None:
            raise InvalidValueError(field="ends_at", rule="needed for a promotion")

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return Subject.ITEM_PRICE if self.promotion is None else Subject.PROMOTION

    def is_over(self, now: datetime) -> bool:
        """True from its end on."""
        return self.ends_at is not None and self.ends_at <= now
