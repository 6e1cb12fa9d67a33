"""Builders of price snapshots."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from domain.catalogue.items import BasePrice, Category
from domain.money import Money
from domain.pricing.calculate import ItemPrice, PriceBookPage, RequestedLine, calculate
from domain.pricing.snapshot import PriceSnapshot, Scene, take_snapshot

QUOTED_AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def a_snapshot(
    snapshot_id: str | None = None, *, buyer_id: str | None = "buyer-1", lines: int = 2, unit: int = 490
) -> PriceSnapshot:
    """A calculated snapshot of `lines` lines and one delivery fee, under a new id unless one is given."""
    skus = [f"sku-{number}" for number in range(lines)]
    price = BasePrice(Money(unit + 10, "CNY"), Money(unit, "CNY"))
    items = {sku: ItemPrice(sku, "m1", f"茶 {sku}", Category.PHYSICAL, price) for sku in skus}
    page = PriceBookPage("CNY", items, {"m1": Money(1_000, "CNY")})
    calculation = calculate(page, [RequestedLine(sku, 3) for sku in skus])
    made = snapshot_id or f"snp_{secrets.token_hex(8)}"
    return take_snapshot(made, Scene.CHECKOUT, buyer_id, calculation, QUOTED_AT)
