"""Builders of what a price book holds: items with prices, promotions, vouchers, places."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money
from domain.ports.catalogue import Author
from domain.ports.prices import PlaceAndTime
from domain.pricing.book import ItemPrice, Voucher, VoucherKind
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion

MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
MID_MAY = datetime(2026, 5, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANN = Author("ann", "spring sale")


def a_price(currency: str = "CNY", market: int = 200, discount: int = 150, region: str = "") -> BasePrice:
    """2.00 with a daily price of 1.50, unless said otherwise."""
    return BasePrice(Money(market, currency), Money(discount, currency), region=region)


def an_item(sku: str, *prices: BasePrice, merchant: str = "m1", stock: int | None = None) -> CatalogueItem:
    """A physical item of merchant m1."""
    return CatalogueItem(sku, merchant, f"《{sku}》", Category.PHYSICAL, prices or (a_price(),), stock)


def on_page(item: CatalogueItem, price: BasePrice | None = None) -> ItemPrice:
    """The item as a page shows it, at its first price."""
    return ItemPrice(item.sku, item.merchant_id, item.title, item.category, price or item.prices[0])


def in_china(at: datetime = MID_MAY, region: str = "") -> PlaceAndTime:
    """Prices in CNY."""
    return PlaceAndTime("CNY", region, at)


def a_promotion(name: str = "spring", **changes: Any) -> Promotion:
    """The platform's own flash sale of May over all tea and cups, unless changed."""
    promotion = Promotion(
        id=name,
        name=f"{name} sale",
        kind="flash_sale",
        rule=rule_of("flash_sale", {"prices": {"tea": 100, "cup": 90}}),
        currency="CNY",
        starts_at=MAY,
        ends_at=JUNE,
        funder=Funder.PLATFORM,
    )
    return replace(promotion, **changes)


def a_voucher(code: str = "HELLO", **changes: Any) -> Voucher:
    """20.00 CNY off in May, at the platform's cost, unless changed."""
    voucher = Voucher(
        code=code,
        name="Welcome",
        kind=VoucherKind.AMOUNT,
        value=2_000,
        currency="CNY",
        starts_at=MAY,
        ends_at=JUNE,
        funder=Funder.PLATFORM,
    )
    return replace(voucher, **changes)
