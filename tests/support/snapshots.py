"""Builders of calculations and price snapshots by hand: what keeps them needs no calculator to be tested."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from domain.catalogue.buyers import Buyer
from domain.catalogue.items import Category
from domain.money import Money
from domain.order.lines import OrderLine
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from domain.pricing.calculation import AppliedPromotion, Calculation
from domain.pricing.request import PriceRequest, RequestedLine, Scene, Wishes
from domain.pricing.snapshot import PriceSnapshot, take_snapshot
from domain.stock.allowance import Claim

QUOTED_AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
DELIVERY = 1_000
NO_WISHES = Wishes()


def a_component(
    kind: str, layer: Layer, shares: Sequence[int], *, currency: str = "CNY", source: str = "price_book"
) -> Component:
    """A component that the lines carry by these shares, in minor units."""
    funder = Funder.PLATFORM if layer in {Layer.PROMOTION, Layer.DEDUCTION} else Funder.BUYER
    carried = tuple((line, share) for line, share in enumerate(shares, start=1) if share)
    return Component(kind, layer, kind, kind, Money(sum(shares), currency), funder, source, carried)


def a_calculation(
    *parts: Component,
    goods: Sequence[int] = (10_000,),
    promotions: Sequence[AppliedPromotion] = (),
    claims: Sequence[Claim] = (),
    rule_version: str = "rules-1",
) -> Calculation:
    """Lines `sku-0`, `sku-1` … of one unit each at these daily prices, and the components after the base."""
    base = a_component("goods", Layer.BASE, goods)
    lines = tuple(
        OrderLine(number, f"sku-{number - 1}", "m1", f"茶{number}", Category.PHYSICAL, 1, Money(price, "CNY"))
        for number, price in enumerate(goods, start=1)
    )
    breakdown = PriceBreakdown("CNY", len(lines), (base, *parts))
    return Calculation(
        lines,
        breakdown,
        rule_version,
        listed_prices=tuple(line.unit_price for line in lines),
        promotions=tuple(promotions),
        claims=tuple(claims),
    )


def frozen(
    calculation: Calculation,
    *,
    snapshot_id: str | None = None,
    scene: Scene = Scene.CHECKOUT,
    buyer: Buyer | None = None,
    wishes: Wishes = NO_WISHES,
    at: datetime = QUOTED_AT,
    degraded: bool = False,
) -> PriceSnapshot:
    """A snapshot of a calculation."""
    lines = tuple(RequestedLine(line.sku, line.quantity) for line in calculation.lines)
    request = PriceRequest(lines, calculation.breakdown.currency, scene, buyer, wishes)
    made = snapshot_id or f"snp_{secrets.token_hex(8)}"
    return take_snapshot(made, request, calculation, at, degraded=degraded)


def a_snapshot(
    snapshot_id: str | None = None, *, buyer_id: str | None = "buyer-1", lines: int = 2, unit: int = 490
) -> PriceSnapshot:
    """A snapshot of `lines` lines and one delivery fee, under a new id unless one is given."""
    fee = a_component("delivery_fee", Layer.CHARGE, [DELIVERY] + [0] * (lines - 1), source="merchant:m1")
    calculation = a_calculation(fee, goods=[unit] * lines)
    return frozen(calculation, snapshot_id=snapshot_id, buyer=Buyer(buyer_id) if buyer_id else None)
