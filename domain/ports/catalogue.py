"""What merchants and operators put into the price book. Every change is audited and visible at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from domain.catalogue.buyers import Buyer
from domain.catalogue.items import BasePrice, CatalogueItem
from domain.errors import DomainError
from domain.money import Money
from domain.pricing.book import DeliveryFee, FeeRules, Voucher
from domain.pricing.promotion import Promotion


class ItemNotFoundError(DomainError):
    """No item of this SKU in the catalogue."""

    code = "item_not_found"


class PromotionNotFoundError(DomainError):
    """No promotion of this id."""

    code = "promotion_not_found"


class ChangeSubject(StrEnum):
    """What a change was about."""

    ITEM_PRICE = "item_price"
    PROMOTION = "promotion"
    VOUCHER = "voucher"
    DELIVERY_FEE = "delivery_fee"
    FEE_RULES = "fee_rules"


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something, and why: a caller's name and its words (or the id of an approved proposal)."""

    who: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One entry of the audit log (requirement B49). `old` and `new` are JSON; None for what was not there.

    `subject_id` is the SKU, promotion id, voucher code, merchant id or currency.
    """

    number: int
    changed_at: datetime
    who: str
    why: str
    subject: ChangeSubject
    subject_id: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class TimedPrices:
    """New base prices of a SKU for a time: from `starts_at` until `ends_at` (None: for good)."""

    sku: str
    prices: tuple[BasePrice, ...]
    starts_at: datetime
    ends_at: datetime | None = None


class Catalogue(Protocol):
    """Writes into the price book. Each call is one transaction with its audit entries and the new version.

    Prices are kept with the time they hold for, so that a price of a past or future moment can be told.
    """

    async def put_items(self, items: Sequence[CatalogueItem], author: Author = Author("system")) -> None:
        """Create or replace SKUs with their prices from now on, all or none. `stock` sets what is on hand
        and free; what is held or sold stays so. An unchanged price is no change.
        """
        ...

    async def owners(self, skus: Collection[str]) -> Mapping[str, str]:
        """Which merchant sells each of these SKUs; what does not exist is missing in the answer."""
        ...

    async def put_prices(self, timed: TimedPrices, author: Author) -> None:
        """Set base prices of a SKU for a time; afterwards what held before holds again. Raises
        `ItemNotFoundError`.
        """
        ...

    async def put_delivery_fee(
        self, merchant_id: str, fee: DeliveryFee | Money, author: Author = Author("system")
    ) -> None:
        """What a merchant charges for carrying physical goods, per order and currency; zero removes it."""
        ...

    async def put_fee_rules(self, currency: str, rules: FeeRules, author: Author) -> None:
        """Replace a currency's services, platform fee, handling fees, payment discounts, points rule, cap and
        selectors. `rules.delivery` is ignored: delivery fees have a call of their own.
        """
        ...

    async def put_promotion(self, promotion: Promotion, quotas: Mapping[str, int], author: Author) -> None:
        """Create or replace a promotion; `quotas` set how many units of each SKU are free for it (those held
        and consumed stay so). Give them exactly when it `has_quota`.
        """
        ...

    async def promotion(self, promotion_id: str) -> Promotion | None:
        """A promotion, whether it is active or not; None when there is none of this id."""
        ...

    async def end_promotion(self, promotion_id: str, at: datetime, author: Author) -> None:
        """End a promotion at that moment, if it ends later. Raises `PromotionNotFoundError`."""
        ...

    async def put_voucher(self, voucher: Voucher, uses: int | None, author: Author) -> None:
        """Create or replace a voucher; `uses` sets how often it may still be used, None for no count."""
        ...

    async def put_buyer(self, buyer: Buyer) -> None:
        """Create or replace a buyer. `total_orders` are those placed elsewhere; ours are counted by us."""
        ...

    async def put_points(self, buyer_id: str, points: int) -> None:
        """Set a buyer's free points; those held and spent stay so."""
        ...

    async def changes(
        self, subject: ChangeSubject | None, subject_id: str | None, *, before: int | None, limit: int
    ) -> Sequence[PriceChange]:
        """The audit log, newest first; entries with a number below `before`."""
        ...
