"""Turns the product's price book page and request into the baseline's own values.

Reading the book is not timed, as if it had always been kept in decimals. Laying out a request's lines is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from math import gcd
from typing import Any

from benchmarks.pricing_baseline.book import (
    ZERO,
    Basket,
    Campaign,
    Fee,
    Lane,
    Line,
    PointsTerms,
    Reduction,
    Tier,
    VoucherTerms,
)
from domain.catalogue.buyers import Buyer
from domain.catalogue.items import Category
from domain.pricing.book import PlatformFee, PriceBookPage, ServiceFee, Voucher, VoucherKind
from domain.pricing.promotion import Promotion, Selector, Shopper
from domain.pricing.request import PriceRequest
from domain.stock.allowance import Allowance

DIGITS = {"JPY": 0, "CNY": 2, "KWD": 3}
_NOBODY_LEFT = 0


def basket_of(page: PriceBookPage, request: PriceRequest, now: datetime) -> Basket:
    """Everything that takes part, in decimals."""
    return layout(page, request, now)()


def layout(page: PriceBookPage, request: PriceRequest, now: datetime) -> Callable[[], Basket]:
    """Read the book once; each call of what it gives lays the request's lines out anew."""
    read = _Reader(page, request, now).basket()
    goods = {line.sku: line for line in read.lines}

    def lay_out() -> Basket:
        lines = [_of(goods[line.sku], number, line.quantity) for number, line in enumerate(request.lines)]
        lines.sort(key=lambda line: (line.sku, line.quantity, line.number))
        return replace(read, lines=lines)

    return lay_out


def _of(of: Line, number: int, quantity: int) -> Line:
    return Line(number, of.sku, of.merchant, of.title, of.physical, quantity, of.market, of.daily, of.listed)


class _Reader:
    def __init__(self, page: PriceBookPage, request: PriceRequest, now: datetime) -> None:
        self._page = page
        self._request = request
        self._now = now
        self._digits = DIGITS[page.currency]

    def basket(self) -> Basket:
        wishes, fees = self._request.wishes, self._page.fees
        voucher = self._page.voucher if wishes.voucher_code else None
        return Basket(
            unit=Decimal(1).scaleb(-self._digits),
            currency=self._page.currency,
            scene=self._request.scene,
            lines=self._lines(),
            buyer=self._request.buyer,
            shopper=Shopper(self._request.buyer, wishes.region, wishes.payment_method, self._now),
            campaigns=[self._campaign(promotion) for promotion in self._page.promotions],
            by_priority=frozenset(
                Lane(lane.value) for lane, how in fees.selectors.items() if how is Selector.PRIORITY
            ),
            voucher=self._voucher(voucher) if voucher else None,
            points_wanted=wishes.points,
            points=self._points(),
            payment=self._payment(),
            deduction_cap=_fraction(fees.deduction_cap),
            delivery={
                merchant: (self._money(fee.amount.amount), self._money_or_none(fee.free_from))
                for merchant, fee in fees.delivery.items()
            },
            services={
                code: Fee(
                    self._money(fees.services[code].amount), _fraction(fees.services[code].basis_points)
                )
                for code in wishes.services
            },
            platform=Fee(self._money(fees.platform.amount), _fraction(fees.platform.basis_points))
            if fees.platform
            else None,
            handling=_fraction(fees.handling.get(wishes.payment_method, 0)),
        )

    def _lines(self) -> list[Line]:
        numbered = enumerate(self._request.lines)
        lines = [self._line(number, line.sku, line.quantity) for number, line in numbered]
        return sorted(lines, key=lambda line: (line.sku, line.quantity, line.number))

    def _line(self, number: int, sku: str, quantity: int) -> Line:
        item = self._page.items[sku]
        return Line(
            number,
            sku,
            item.merchant_id,
            item.title,
            item.category is Category.PHYSICAL,
            quantity,
            self._money(item.price.market_price.amount),
            self._money(item.price.discount_price.amount),
            self._money((item.price.listed_price or item.price.market_price).amount),
        )

    def _campaign(self, promotion: Promotion) -> Campaign:
        terms = promotion.rule.terms()
        segments = promotion.segments
        if promotion.kind == "vip_price" and not segments:
            segments = frozenset({"vip"})
        return Campaign(
            id=promotion.id,
            name=promotion.name,
            kind=promotion.kind,
            funder=promotion.funder.value,
            lane=Lane(promotion.lane.value),
            starts_at=promotion.starts_at,
            ends_at=promotion.ends_at,
            merchant=promotion.merchant_id,
            skus=promotion.skus,
            segments=segments,
            condition=promotion.condition,
            only_new=promotion.kind == "new_buyer_price",
            only_known=promotion.per_buyer_limit is not None,
            priority=promotion.priority,
            exclusive=promotion.exclusive,
            min_quantity=promotion.min_quantity,
            has_quota=promotion.has_quota,
            limit=promotion.per_buyer_limit,
            left=self._left(promotion),
            prices={sku: self._money(price) for sku, price in terms.get("prices", {}).items()},
            round_units=terms.get("min_quantity", 1),
            max_rounds=terms.get("max_rounds"),
            percent=_fraction(terms.get("basis_points", 0)),
            amount=self._money(terms.get("total", terms.get("amount", 0))),
            gift_units=terms.get("gift_quantity", 0),
            gift_sku=terms.get("gift_sku"),
            tiers=self._tiers(terms),
        )

    def _tiers(self, terms: Mapping[str, Any]) -> list[Tier]:
        tiers = terms.get("tiers", [terms] if "minimum" in terms else [])
        return [
            Tier(
                self._money(tier["minimum"]),
                self._money(tier.get("amount") or 0),
                _fraction(tier.get("basis_points") or 0),
            )
            for tier in tiers
        ]

    def _left(self, promotion: Promotion) -> dict[str, int] | None:
        """What quota and limit leave of each SKU; None when nothing is counted."""
        if not promotion.has_quota and promotion.per_buyer_limit is None:
            return None
        return {sku: self._left_of(promotion, sku) for sku in self._request.skus}

    def _left_of(self, promotion: Promotion, sku: str) -> int:
        counts = []
        if promotion.has_quota:
            counts.append(self._page.left.get(Allowance.of_promotion(promotion.id, sku), _NOBODY_LEFT))
        if promotion.per_buyer_limit is not None:
            buyer = self._request.buyer
            name = Allowance.of_promotion_for(promotion.id, sku, buyer.id if buyer else "")
            counts.append(self._page.left.get(name, promotion.per_buyer_limit))
        return min(counts)

    def _voucher(self, voucher: Voucher) -> VoucherTerms:
        by_percent = voucher.kind is VoucherKind.PERCENTAGE
        return VoucherTerms(
            code=voucher.code,
            name=voucher.name,
            funder=voucher.funder.value,
            percent=_fraction(voucher.value) if by_percent else ZERO,
            amount=ZERO if by_percent else self._money(voucher.value),
            currency=voucher.currency,
            starts_at=voucher.starts_at,
            ends_at=voucher.ends_at,
            minimum=self._money(voucher.minimum),
            cap=self._money_or_none(voucher.cap),
            merchant=voucher.merchant_id,
            skus=voucher.skus,
            buyer_id=voucher.buyer_id,
            condition=voucher.condition,
            usable=self._is_usable(voucher, self._request.buyer),
            has_uses=voucher.has_uses,
            limit=voucher.per_buyer_limit,
        )

    def _is_usable(self, voucher: Voucher, buyer: Buyer | None) -> bool:
        left = self._page.left
        if voucher.has_uses and left.get(Allowance.of_voucher(voucher.code), _NOBODY_LEFT) < 1:
            return False
        if voucher.per_buyer_limit is None:
            return True
        return (
            buyer is not None
            and left.get(Allowance.of_voucher_for(voucher.code, buyer.id), voucher.per_buyer_limit) >= 1
        )

    def _points(self) -> PointsTerms | None:
        rule, buyer = self._page.fees.points, self._request.buyer
        if rule is None or buyer is None:
            return None
        balance = self._page.left.get(Allowance.of_points(buyer.id), _NOBODY_LEFT)
        # Points are whole, and so is what they are worth: 100 points for 1 yen are spent by the hundred.
        parts = gcd(rule.points, rule.worth.amount)
        worth = self._money(rule.worth.amount // parts)
        return PointsTerms(balance, rule.points // parts, worth, _fraction(rule.cap))

    def _payment(self) -> Reduction | None:
        found = self._page.fees.payment_discounts.get(self._request.wishes.payment_method)
        if found is None:
            return None
        return Reduction(
            _fraction(found.basis_points),
            self._money(found.amount),
            self._money_or_none(found.cap),
            self._money(found.minimum),
        )

    def _fee(self, fee: ServiceFee | PlatformFee) -> Fee:
        return Fee(self._money(fee.amount), _fraction(fee.basis_points))

    def _money(self, minor_units: int) -> Decimal:
        return Decimal(minor_units).scaleb(-self._digits)

    def _money_or_none(self, minor_units: int | None) -> Decimal | None:
        return None if minor_units is None else self._money(minor_units)


def _fraction(basis_points: int) -> Decimal:
    return Decimal(basis_points).scaleb(-4)
