"""Carts and price books by chance, the same for the same seed: what two implementations must agree on.

Thresholds, minimums and quotas lie near what the cart has, because that is where calculations differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from benchmarks.random_wishes import random_condition, random_fees, random_voucher
from domain.catalogue.buyers import Buyer
from domain.catalogue.items import BasePrice, Category
from domain.money import Money
from domain.pricing.book import ItemPrice, PriceBookPage
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from domain.pricing.request import PriceRequest, RequestedLine, Scene, Wishes
from domain.stock.allowance import Allowance

NOW: Final = datetime(2026, 11, 11, 12, tzinfo=UTC)
LARGEST_PRICE: Final = {"JPY": 6_000, "CNY": 60_000, "KWD": 90_000}
KINDS: Final = (
    *("daily_price", "flash_sale", "new_buyer_price", "vip_price"),
    *("bundle_percentage", "bundle_amount", "bundle_total", "buy_gift"),
    *("shop_threshold", "shop_tiered", "platform_threshold", "platform_tiered"),
)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Cart:
    """One calculation's inputs."""

    page: PriceBookPage
    request: PriceRequest
    now: datetime = NOW


def random_cart(seed: int) -> Cart:
    """A cart of 1 to 12 lines and 0 to 8 promotions."""
    return _Maker(Random(seed)).cart()


class _Maker:
    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._currency = chance.choice(["JPY", "CNY", "CNY", "KWD"])
        # Small sums, where a rounded minor unit decides between two choices, are a third of all.
        self._largest = 50 if chance.random() < 0.35 else LARGEST_PRICE[self._currency]
        self._merchants = [f"shop-{number}" for number in range(chance.randint(1, 3))]
        self._items = {f"sku-{number}": self._item(f"sku-{number}") for number in range(chance.randint(1, 8))}
        count = chance.randint(1, 12)
        skus = [chance.choice(list(self._items)) for _ in range(count)]
        self._lines = tuple(RequestedLine(sku, self._quantity()) for sku in skus)
        self._units = {sku: sum(line.quantity for line in self._lines if line.sku == sku) for sku in skus}
        self._buyer = self._a_buyer()
        self._left: dict[Allowance, int] = {}

    def cart(self) -> Cart:
        chance = self._chance
        # A promotion is no rarer for coming late in the list, so their number is drawn first.
        several = chance.choice([0, 1, 2, 3, 4, 4, 5, 5, 6, 7, 8])
        promotions = tuple(self._promotion(f"pro-{number}") for number in range(several))
        fees = random_fees(chance, self._currency, self._merchants, self._goods())
        voucher = None
        if chance.random() < 0.7:
            voucher = random_voucher(chance, self._currency, self._some_skus(), self._goods())
            self._left[Allowance.of_voucher(voucher.code)] = chance.choice([0, 1, 5, 5])
            if self._buyer and chance.random() < 0.5:
                self._left[Allowance.of_voucher_for(voucher.code, self._buyer.id)] = chance.choice(
                    [0, 1, 1, 1]
                )
        if self._buyer:
            self._left[Allowance.of_points(self._buyer.id)] = chance.choice([0, 150, 9_999, 10_000_000])
        wishes = Wishes(
            region=chance.choice(["", "CN"]),
            payment_method=chance.choice(["", "card", "wallet"]),
            voucher_code=voucher.code if voucher else chance.choice(["", "unknown"]),
            points=chance.choice([0, 0, 99, 12_345, self._goods()]),
            services=tuple(code for code in fees.services if chance.random() < 0.5),
        )
        scene = chance.choice([*Scene, Scene.CHECKOUT, Scene.CHECKOUT])
        page = PriceBookPage(self._currency, self._items, fees, promotions, voucher, self._left)
        return Cart(page, PriceRequest(self._lines, self._currency, scene, self._buyer, wishes))

    def _item(self, sku: str) -> ItemPrice:
        chance = self._chance
        market = chance.choice(
            [1, 7, 100, chance.randint(1, self._largest), chance.randint(1, self._largest)]
        )
        daily = chance.choice([market, market, 0, chance.randint(0, market), market * 9 // 10])
        price = BasePrice(Money(market, self._currency), Money(daily, self._currency))
        return ItemPrice(sku, chance.choice(self._merchants), sku, chance.choice(list(Category)), price)

    def _quantity(self) -> int:
        chance = self._chance
        several = chance.choice([1, 1, 2, 3, 4, chance.randint(1, 30), chance.randint(1, 9_999)])
        return several if self._largest > 50 else min(several, 6)

    def _a_buyer(self) -> Buyer | None:
        chance = self._chance
        if chance.random() < 0.15:
            return None
        registered = chance.choice([None, NOW - timedelta(days=1), NOW - timedelta(days=7, seconds=1)])
        segments = frozenset(name for name in ("vip", "gold") if chance.random() < 0.5)
        return Buyer("buyer-1", registered, chance.choice([0, 0, 3]), segments)

    def _goods(self) -> int:
        """What everything costs every day, in minor units."""
        return sum(self._daily(sku) * units for sku, units in self._units.items())

    def _daily(self, sku: str) -> int:
        return self._items[sku].price.discount_price.amount

    def _some_skus(self) -> frozenset[str] | None:
        chance = self._chance
        if chance.random() < 0.5:
            return None
        return frozenset(sku for sku in self._items if chance.random() < 0.7) or frozenset(
            list(self._items)[:1]
        )

    def _promotion(self, name: str) -> Promotion:
        chance = self._chance
        kind = chance.choice(KINDS)
        starts, ends = chance.choice(
            [(NOW - _SECOND, NOW + _SECOND)] * 18 + [(NOW, NOW + _SECOND), (NOW - _SECOND, NOW)]
        )
        scope = self._some_skus()
        promotion = Promotion(
            id=name,
            name=name,
            kind=kind,
            rule=rule_of(kind, self._terms(kind, scope or frozenset(self._units))),
            currency=self._currency,
            starts_at=starts,
            ends_at=ends,
            funder=chance.choice([Funder.MERCHANT, Funder.PLATFORM]),
            merchant_id=chance.choice([None, None, None, chance.choice(self._merchants)]),
            skus=scope,
            condition=random_condition(chance),
            segments=frozenset({"gold"}) if chance.random() < 0.05 else frozenset(),
            priority=chance.choice([10, 100, 100]),
            exclusive=chance.random() < 0.1,
            min_quantity=chance.choice([1] * 9 + [2, 5]) if kind in KINDS[:8] else 1,
            has_quota=chance.random() < 0.2,
            per_buyer_limit=chance.choice([None] * 8 + [1, max(self._units.values())]),
        )
        self._count(promotion)
        return promotion

    def _count(self, promotion: Promotion) -> None:
        """What is left of it: more, exactly enough, or one too few."""
        chance = self._chance
        for sku, units in self._units.items():
            if promotion.has_quota:
                left = max(0, units + chance.choice([-1, 0, 0, 0, 100]))
                self._left[Allowance.of_promotion(promotion.id, sku)] = left
            if promotion.per_buyer_limit and self._buyer and chance.random() < 0.5:
                name = Allowance.of_promotion_for(promotion.id, sku, self._buyer.id)
                self._left[name] = chance.randint(0, promotion.per_buyer_limit)

    def _terms(self, kind: str, skus: frozenset[str]) -> Mapping[str, Any]:
        chance = self._chance
        some = sorted(skus)
        if kind in KINDS[:4]:
            return {"prices": {sku: self._near(self._daily(sku)) for sku in some}}
        if kind in KINDS[4:8]:
            return self._bundle(kind, chance.choice(some))
        if kind.endswith("threshold"):
            minimum = self._near(self._goods()) or 1
            return {"minimum": minimum, "amount": chance.randint(1, minimum)}
        minimums = sorted({self._near(self._goods()) or 1 for _ in range(3)})
        return {"tiers": [self._tier(minimum) for minimum in minimums]}

    def _bundle(self, kind: str, sku: str) -> Mapping[str, Any]:
        chance = self._chance
        several = chance.choice([1, 2, 3, min(self._units.get(sku, 1), 9_999)])
        terms = {"min_quantity": several, "max_rounds": chance.choice([None, 1, 2])}
        match kind:
            case "bundle_percentage":
                return {**terms, "basis_points": chance.choice([1, 1_250, 5_000, 10_000])}
            case "bundle_amount":
                return {**terms, "amount": self._near(self._daily(sku)) or 1}
            case "bundle_total":
                return {**terms, "total": self._near(several * self._daily(sku))}
            case _:
                gift = chance.choice([None, *self._items])
                return {**terms, "gift_quantity": chance.choice([1, 1, 2]), "gift_sku": gift}

    def _tier(self, minimum: int) -> Mapping[str, int]:
        if self._chance.random() < 0.5:
            return {"minimum": minimum, "amount": self._chance.randint(1, minimum)}
        return {"minimum": minimum, "basis_points": self._chance.choice([333, 1_000, 9_000])}

    def _near(self, amount: int) -> int:
        """Somewhere below, exactly there, or a little above."""
        chance = self._chance
        return chance.choice(
            [amount, amount + 1, max(0, amount - 1), chance.randint(0, amount), amount * 3 // 4]
        )
