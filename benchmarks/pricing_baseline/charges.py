"""The charge layer: delivery, services, platform fee, and the channel's fee on everything before it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from benchmarks.pricing_baseline.book import ZERO
from benchmarks.pricing_baseline.rounding import percentage
from domain.pricing.request import Scene

if TYPE_CHECKING:
    from benchmarks.pricing_baseline.prices import Sheet


def add_charges(sheet: Sheet, promoted: Sequence[Decimal]) -> None:
    """Add all of them; `promoted` is what each line cost after promotions.

    Percentages of services and of the platform are of the goods, less what was deducted.
    """
    basket = sheet.basket
    goods = sum(sheet.amounts, ZERO)
    for merchant, (carrying, free_from) in sorted(basket.delivery.items()):
        _deliver(sheet, promoted, merchant, carrying, free_from)
    fees = [(f"service:{code}", fee) for code, fee in sorted(basket.services.items())]
    if basket.platform is not None:
        fees.append(("platform_fee", basket.platform))
    for name, fee in fees:
        _charge(sheet, name, fee.amount + percentage(goods, fee.percent, basket.unit))
    if basket.scene is Scene.CHECKOUT and basket.handling:
        payable = sum(sheet.amounts, ZERO)
        method = basket.shopper.payment_method
        _charge(sheet, f"handling:{method}", percentage(payable, basket.handling, basket.unit))


def _deliver(
    sheet: Sheet, promoted: Sequence[Decimal], merchant: str, fee: Decimal, free_from: Decimal | None
) -> None:
    lines = [
        index for index, line in enumerate(sheet.basket.lines) if line.physical and line.merchant == merchant
    ]
    if not lines:
        return
    if free_from is not None:
        carried = sum((promoted[index] for index in lines), ZERO)
        if sheet.reaches(free_from, carried, lines):
            return
    _charge(sheet, f"delivery:{merchant}", fee, lines)


def _charge(sheet: Sheet, name: str, amount: Decimal, lines: Sequence[int] | None = None) -> None:
    lines = range(len(sheet.amounts)) if lines is None else lines
    # What became free is carried too: it weighs the smallest unit, so that a fee always finds a line.
    sheet.add(name, amount, lines, [max(sheet.amounts[index], sheet.basket.unit) for index in lines])
