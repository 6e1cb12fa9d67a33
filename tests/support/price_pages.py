"""Builders of price book pages, promotions and requests, in the words of the business. Amounts are fen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.catalogue.buyers import Buyer
from domain.catalogue.items import BasePrice, Category
from domain.money import Money
from domain.pricing.book import (
    DeliveryFee,
    FeeRules,
    ItemPrice,
    PointsRule,
    PriceBookPage,
    Voucher,
    VoucherKind,
)
from domain.pricing.breakdown import Funder, PriceBreakdown
from domain.pricing.calculate import calculate
from domain.pricing.calculation import Calculation, Remark
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from domain.pricing.request import PriceRequest, RequestedLine, Scene, Wishes

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CURRENCY = "CNY"
SHOP = "shop-7"
BUYER = Buyer("buyer-1", registered_at=NOW - timedelta(days=400), total_orders=3)
NEWCOMER = Buyer("buyer-2", registered_at=NOW - timedelta(days=2))
NOTHING_WISHED = Wishes()


def an_item(
    sku: str = "mug",
    price: int = 10_000,
    *,
    market: int = 0,
    listed: int | None = None,
    merchant: str = SHOP,
    category: Category = Category.PHYSICAL,
    currency: str = CURRENCY,
) -> ItemPrice:
    """An item at a daily price; its market price is the same unless it is told."""
    shown = None if listed is None else Money(listed, currency)
    base = BasePrice(Money(market or price or 1, currency), Money(price, currency), shown)
    return ItemPrice(sku, merchant, sku.title(), category, base)


def a_promotion(kind: str, terms: Mapping[str, Any], promotion_id: str = "", **more: Any) -> Promotion:
    """A promotion of this kind, active around NOW, on everything, paid by the merchant."""
    known = {
        "id": promotion_id or kind,
        "name": kind.replace("_", " ").title(),
        "kind": kind,
        "rule": more.pop("rule", None) or rule_of(kind, terms),
        "currency": CURRENCY,
        "starts_at": NOW - HOUR,
        "ends_at": NOW + HOUR,
        "funder": Funder.MERCHANT,
    }
    return Promotion(**{**known, **more})


def flash(price: int, *skus: str, promotion_id: str = "flash", **more: Any) -> Promotion:
    """A flash sale of these SKUs at one price; of the mug when none is named."""
    return a_promotion("flash_sale", {"prices": dict.fromkeys(skus or ("mug",), price)}, promotion_id, **more)


def threshold(minimum: int, amount: int, promotion_id: str = "threshold", **more: Any) -> Promotion:
    """So much off from so much on, in each shop."""
    return a_promotion("shop_threshold", {"minimum": minimum, "amount": amount}, promotion_id, **more)


def platform(minimum: int, amount: int, promotion_id: str = "platform", **more: Any) -> Promotion:
    """So much off from so much on, over everything."""
    return a_promotion("platform_threshold", {"minimum": minimum, "amount": amount}, promotion_id, **more)


def a_voucher(value: int = 1_000, *, kind: VoucherKind = VoucherKind.AMOUNT, **more: Any) -> Voucher:
    """A voucher `SAVE`, active around NOW, for anybody."""
    known = {
        "code": "SAVE",
        "name": "Save",
        "kind": kind,
        "value": value,
        "currency": CURRENCY,
        "starts_at": NOW - HOUR,
        "ends_at": NOW + HOUR,
        "funder": Funder.PLATFORM,
    }
    return Voucher(**{**known, **more})


def a_page(*items: ItemPrice, promotions: tuple[Promotion, ...] = (), **more: Any) -> PriceBookPage:
    """A page of these items, of the mug at 100.00 when none is named."""
    shown = items or (an_item(),)
    return PriceBookPage(
        more.pop("currency", CURRENCY),
        {item.sku: item for item in shown},
        promotions=promotions,
        **more,
    )


def delivery(amount: int, merchant: str = SHOP, free_from: int | None = None) -> FeeRules:
    """Fee rules with nothing but one merchant's delivery fee."""
    return FeeRules({merchant: DeliveryFee(Money(amount, CURRENCY), free_from)})


def points_rule(**more: Any) -> PointsRule:
    """100 points are worth 1.00."""
    return PointsRule(**{"points": 100, "worth": Money(100, CURRENCY), **more})


def a_request(
    *lines: tuple[str, int],
    scene: Scene = Scene.CHECKOUT,
    buyer: Buyer | None = BUYER,
    wishes: Wishes = NOTHING_WISHED,
    currency: str = CURRENCY,
) -> PriceRequest:
    """These SKUs and quantities, one mug when none is named."""
    wanted = tuple(RequestedLine(sku, quantity) for sku, quantity in lines or (("mug", 1),))
    return PriceRequest(wanted, currency, scene, buyer, wishes)


def price(page: PriceBookPage, *lines: tuple[str, int], at: datetime = NOW, **request: Any) -> Calculation:
    """Calculate it."""
    return calculate(page, a_request(*lines, **request), at)


def total(page: PriceBookPage, *lines: tuple[str, int], at: datetime = NOW, **request: Any) -> int:
    """What it costs in all, in fen."""
    return price(page, *lines, at=at, **request).total.amount


def amounts(breakdown: PriceBreakdown) -> dict[str, int]:
    """The components' amounts by id."""
    return {part.id: part.amount.amount for part in breakdown.components}


def taken(made: Calculation) -> list[str]:
    """The ids of the promotions that took part, in order of calculation."""
    return [each.id for each in made.promotions]


def remarks(made: Calculation, code: str) -> list[Remark]:
    """The remarks of one code."""
    return [remark for remark in made.remarks if remark.code == code]


def without(page: PriceBookPage, *promotion_ids: str) -> PriceBookPage:
    """The page without these promotions."""
    kept = tuple(each for each in page.promotions if each.id not in promotion_ids)
    return replace(page, promotions=kept)
