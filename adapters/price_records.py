"""What the audit log says about prices, fees, promotions and vouchers, and what every catalogue checks first.

Shared by all stores, so that a change reads the same wherever it was kept. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.catalogue.items import BasePrice
from domain.errors import InvalidValueError
from domain.money import Money
from domain.ports.catalogue import TimedPrices
from domain.pricing.book import DeliveryFee, Voucher
from domain.pricing.documents import promotion_document, voucher_document
from domain.pricing.promotion import Promotion

Record = Mapping[str, Any]
_MOMENT = timedelta(microseconds=1)


def prices_record(prices: Collection[BasePrice]) -> Record | None:
    """Base prices by place; None when there are none."""
    ordered = sorted(prices, key=lambda price: (price.market_price.currency, price.region))
    return {"prices": [_price(price) for price in ordered]} if ordered else None


def timed_record(timed: TimedPrices) -> Record:
    """Base prices with the time they hold for."""
    ends_at = None if timed.ends_at is None else timed.ends_at.isoformat()
    prices = prices_record(timed.prices) or {}
    return {**prices, "starts_at": timed.starts_at.isoformat(), "ends_at": ends_at}


def fee_record(fee: DeliveryFee | None) -> Record | None:
    """A merchant's delivery fee in one currency."""
    if fee is None:
        return None
    return {"amount": fee.amount.amount, "currency": fee.amount.currency, "free_from": fee.free_from}


def promotion_record(promotion: Promotion | None, quotas: Mapping[str, int] | None = None) -> Record | None:
    """A promotion and, when they are counted and set, how many units of each SKU are free for it."""
    if promotion is None:
        return None
    counted = {"quotas": dict(sorted(quotas.items()))} if quotas and promotion.has_quota else {}
    return {**promotion_document(promotion), **counted}


def voucher_record(voucher: Voucher | None, uses: int | None) -> Record | None:
    """A voucher and, when it is counted, how often it may still be used."""
    if voucher is None:
        return None
    return {**voucher_document(voucher), **({"uses": uses} if voucher.has_uses else {})}


def without_version(record: Record | None) -> Record | None:
    """What is compared to see whether a promotion has changed."""
    return record and {name: value for name, value in record.items() if name != "version"}


def as_fee(fee: DeliveryFee | Money) -> DeliveryFee:
    """A bare amount is a fee that is always charged."""
    return fee if isinstance(fee, DeliveryFee) else DeliveryFee(fee)


def ended(promotion: Promotion, at: datetime, now: datetime) -> Promotion:
    """The promotion when it ends at that moment; itself when it ends earlier.

    One that has not begun by then never begins: all that is left of it is an instant that has passed.
    """
    if promotion.ends_at <= at:
        return promotion
    ends_at = at if promotion.starts_at < at else min(at, now)
    starts_at = min(promotion.starts_at, ends_at - _MOMENT)
    return replace(promotion, starts_at=starts_at, ends_at=ends_at, version=promotion.version + 1)


def check_prices(timed: TimedPrices) -> None:
    """Raises `InvalidValueError` for no price, two for one place, and an empty time."""
    places = [(price.market_price.currency, price.region) for price in timed.prices]
    if not places or len(set(places)) != len(places):
        raise InvalidValueError(field="prices", rule="one for each currency and region, at least one")
    if timed.ends_at is not None and timed.ends_at <= timed.starts_at:
        raise InvalidValueError(field="ends_at", rule="later than starts_at")


def check_quotas(promotion: Promotion, quotas: Mapping[str, int]) -> None:
    """Raises `InvalidValueError` unless there are quotas exactly when they are counted, none below zero."""
    if bool(quotas) is not promotion.has_quota:
        raise InvalidValueError(field="quotas", rule="exactly for a promotion that has a quota")
    if any(quota < 0 for quota in quotas.values()):
        raise InvalidValueError(field="quotas", rule="not negative")


def check_uses(voucher: Voucher, uses: int | None) -> None:
    """Raises `InvalidValueError` unless uses are given exactly when they are counted, and not negative."""
    if (uses is not None) is not voucher.has_uses:
        raise InvalidValueError(field="uses", rule="exactly for a voucher whose uses are counted")
    if uses is not None and uses < 0:
        raise InvalidValueError(field="uses", rule="not negative")


def check_points(points: int) -> None:
    """Raises `InvalidValueError` below zero."""
    if points < 0:
        raise InvalidValueError(field="points", rule="not negative")


def _price(price: BasePrice) -> Record:
    return {
        "currency": price.market_price.currency,
        "region": price.region,
        "market_price": price.market_price.amount,
        "discount_price": price.discount_price.amount,
        "listed_price": None if price.listed_price is None else price.listed_price.amount,
    }
