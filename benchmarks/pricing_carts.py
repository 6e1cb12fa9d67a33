"""The carts that are measured: ten lines with five promotions, and 200 with fifty. Nothing is random."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from benchmarks.random_carts import NOW, Cart
from domain.catalogue.buyers import Buyer
from domain.catalogue.items import BasePrice, Category
from domain.money import Money
from domain.pricing.book import (
    DeliveryFee,
    FeeRules,
    ItemPrice,
    PaymentDiscount,
    PlatformFee,
    PointsRule,
    PriceBookPage,
    ServiceFee,
    Voucher,
    VoucherKind,
)
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from domain.pricing.request import PriceRequest, RequestedLine, Scene, Wishes
from domain.stock.allowance import Allowance

_DAY: Final = timedelta(days=1)
_BUYER: Final = Buyer("buyer-1", NOW - _DAY, 0, frozenset({"vip"}))


def ten_lines() -> Cart:
    """Five promotions of all lanes, voucher, points, payment discount, every fee, two merchants."""
    return _cart(10, _five())


def ten_lines_missing() -> Cart:
    """The same, with a platform threshold that only dearer choices reach, so that they are searched."""
    five = _five()
    goods = sum(_price(number) * _quantity(number) for number in range(10))
    missed = _promotion("missed", "platform_threshold", {"minimum": goods - 1, "amount": 900})
    return _cart(10, [*five[:4], missed])


def two_hundred_lines() -> Cart:
    """Fifty promotions: 24 prices, 12 bundles, 8 of the shops and 6 of the platform."""
    return _cart(200, list(_fifty()))


def _five() -> list[Promotion]:
    return [
        _promotion("flash", "flash_sale", {"prices": {"sku-0": 3_900, "sku-3": 4_100}}, has_quota=True),
        _promotion("vip", "vip_price", {"prices": {"sku-1": 4_000, "sku-3": 4_200}}),
        _promotion(
            "bundle",
            "bundle_percentage",
            {"min_quantity": 3, "basis_points": 1_250, "max_rounds": 2},
            skus=frozenset({"sku-2", "sku-5", "sku-8"}),
        ),
        _promotion(
            "shop",
            "shop_tiered",
            {"tiers": [{"minimum": 10_000, "amount": 500}, {"minimum": 20_000, "basis_points": 700}]},
            merchant_id="shop-0",
        ),
        _promotion("platform", "platform_threshold", {"minimum": 30_000, "amount": 2_000}),
    ]


def _fifty() -> Iterator[Promotion]:
    for number in range(24):
        prices = {f"sku-{sku}": _price(sku) - 100 - number for sku in range(number, 200, 24)}
        yield _promotion(f"price-{number:02}", "flash_sale", {"prices": prices})
    for number in range(12):
        yield _promotion(
            f"bundle-{number:02}",
            "bundle_percentage",
            {"min_quantity": 2, "basis_points": 500 + number, "max_rounds": None},
            skus=frozenset(f"sku-{sku}" for sku in range(number, 200, 12)),
        )
    for number in range(8):
        tiers = [{"minimum": 1_000, "amount": 100}, {"minimum": 50_000, "amount": 4_000 + number}]
        yield _promotion(f"shop-{number}", "shop_tiered", {"tiers": tiers}, merchant_id=f"shop-{number % 2}")
    for number in range(6):
        yield _promotion(
            f"platform-{number}", "platform_threshold", {"minimum": 100_000, "amount": 9_000 + number}
        )


def _promotion(
    name: str,
    kind: str,
    terms: Mapping[str, Any],
    *,
    skus: frozenset[str] | None = None,
    merchant_id: str | None = None,
    has_quota: bool = False,
) -> Promotion:
    return Promotion(
        id=f"pro_{name}",
        name=name,
        kind=kind,
        rule=rule_of(kind, terms),
        currency="CNY",
        starts_at=NOW - _DAY,
        ends_at=NOW + _DAY,
        funder=Funder.PLATFORM if merchant_id is None else Funder.MERCHANT,
        merchant_id=merchant_id,
        skus=skus if "prices" not in terms else frozenset(terms["prices"]),
        has_quota=has_quota,
    )


def _cart(count: int, promotions: list[Promotion]) -> Cart:
    items = {f"sku-{number}": _item(number) for number in range(count)}
    voucher = Voucher(
        code="welcome",
        name="Welcome",
        kind=VoucherKind.PERCENTAGE,
        value=1_500,
        currency="CNY",
        starts_at=NOW - _DAY,
        ends_at=NOW + _DAY,
        funder=Funder.PLATFORM,
        minimum=10_000,
        cap=5_000,
        has_uses=True,
    )
    left = {Allowance.of_voucher("welcome"): 9, Allowance.of_points("buyer-1"): 5_000}
    for promotion in promotions:
        if promotion.has_quota:
            left |= {Allowance.of_promotion(promotion.id, sku): 50 for sku in items}
    page = PriceBookPage("CNY", items, _fees(), tuple(promotions), voucher, left)
    lines = tuple(RequestedLine(f"sku-{number}", _quantity(number)) for number in range(count))
    wishes = Wishes("CN", "card", "welcome", 3_000, ("insurance",))
    return Cart(page, PriceRequest(lines, "CNY", Scene.CHECKOUT, _BUYER, wishes))


def _item(number: int) -> ItemPrice:
    daily = _price(number)
    price = BasePrice(Money(daily + 500, "CNY"), Money(daily, "CNY"))
    return ItemPrice(f"sku-{number}", f"shop-{number % 2}", f"Item {number}", Category.PHYSICAL, price)


def _price(number: int) -> int:
    return 4_500 + 37 * (number % 50)


def _quantity(number: int) -> int:
    return 1 + number % 4


def _fees() -> FeeRules:
    return FeeRules(
        delivery={
            "shop-0": DeliveryFee(Money(1_000, "CNY")),
            "shop-1": DeliveryFee(Money(800, "CNY"), 20_000),
        },
        services={"insurance": ServiceFee("insurance", "Insurance", amount=500)},
        platform=PlatformFee(100, 20),
        handling={"card": 200},
        payment_discounts={"card": PaymentDiscount("card", basis_points=100, cap=1_000)},
        points=PointsRule(100, Money(100, "CNY")),
    )
