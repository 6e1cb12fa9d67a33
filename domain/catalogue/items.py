"""The catalogue's words: category, SKU and its base price. Stock lives in `domain.stock`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import InvalidValueError
from domain.money import Money

LONGEST_ID = 100
LONGEST_TITLE = 300
_REGION = re.compile("[A-Z]{2}")


class Category(StrEnum):
    """How a thing is handed over (domain rule 7)."""

    PHYSICAL = "physical"
    VIRTUAL = "virtual"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class BasePrice:
    """Layer 1 of a price: what the supplier lists and what it sells for every day (requirement B6).

    `listed_price` is shown struck through, the market price when it is None. `region` is an ISO 3166 alpha-2
    code, empty for everywhere else. Raises `InvalidValueError` for another region, and unless market > 0 and
    0 <= discount <= market and listed >= discount, in one currency (B19).
    """

    market_price: Money
    discount_price: Money
    listed_price: Money | None = None
    region: str = ""

    def __post_init__(self) -> None:
        if self.market_price.amount <= 0:
            raise InvalidValueError(field="market_price", rule="must be positive")
        if self.discount_price.amount < 0:
            raise InvalidValueError(field="discount_price", rule="cannot be negative")
        if self.discount_price > self.market_price:
            raise InvalidValueError(field="discount_price", rule="cannot exceed market price")
        if self.listed_price is not None and self.listed_price < self.discount_price:
            raise InvalidValueError(field="listed_price", rule="cannot be below discount price")
        if self.region and not _REGION.fullmatch(self.region):
            raise InvalidValueError(field="region", rule="two capital letters, or empty")


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One SKU on sale: who sells it, what it is called, how it is handed over, its base prices.

    `prices` holds one entry for each currency and region. `stock` is the quantity to put on hand, or None to
    leave it.
    """

    sku: str
    merchant_id: str
    title: str
    category: Category
    prices: tuple[BasePrice, ...]
    stock: int | None = None

    def __post_init__(self) -> None:
        if not self.sku or len(self.sku) > LONGEST_ID:
            raise InvalidValueError(field="sku", rule=f"1 to {LONGEST_ID} characters")
        if not self.title or len(self.title) > LONGEST_TITLE:
            raise InvalidValueError(field="title", rule=f"1 to {LONGEST_TITLE} characters")
        places = [(price.market_price.currency, price.region) for price in self.prices]
        if not places or len(set(places)) != len(places):
            raise InvalidValueError(field="prices", rule="one for each currency and region, at least one")
        if self.stock is not None and self.stock < 0:
            raise InvalidValueError(field="stock", rule="not negative")
