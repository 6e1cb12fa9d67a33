"""The deduction layer: voucher, points, payment method, in this order and under one cap."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from benchmarks.pricing_baseline.book import ZERO, VoucherTerms
from benchmarks.pricing_baseline.rounding import at_most, percentage

if TYPE_CHECKING:
    from benchmarks.pricing_baseline.prices import Sheet


def take_deductions(sheet: Sheet, promoted: Sequence[Decimal]) -> None:
    """Take all three; `promoted` is what each line cost after promotions."""
    basket = sheet.basket
    goods = sum(promoted, ZERO)
    room = at_most(goods, basket.deduction_cap, basket.unit)
    everything = range(len(promoted))
    room -= _take_voucher(sheet, room)
    points = _points_worth(sheet, goods, room)
    sheet.take("points", points, everything)
    room -= points
    payable = sum(sheet.amounts, ZERO)
    off = min(_payment_discount(sheet, payable), payable, room)
    sheet.take(f"payment_discount:{basket.shopper.payment_method}", off, everything)


def _take_voucher(sheet: Sheet, room: Decimal) -> Decimal:
    voucher = sheet.basket.voucher
    if voucher is None or not _applies(voucher, sheet):
        return ZERO
    lines = [
        index
        for index, line in enumerate(sheet.basket.lines)
        if voucher.merchant in (None, line.merchant) and (voucher.skus is None or line.sku in voucher.skus)
    ]
    sheet.sees(lines)
    amount = sum((sheet.amounts[index] for index in lines), ZERO)
    if not lines or not sheet.reaches(voucher.minimum, amount, lines):
        return ZERO
    off = voucher.amount or percentage(amount, voucher.percent, sheet.basket.unit)
    if voucher.cap is not None:
        off = min(off, voucher.cap)
    off = min(off, amount, room)
    sheet.take(f"voucher:{voucher.code}", off, lines)
    return off


def _applies(voucher: VoucherTerms, sheet: Sheet) -> bool:
    basket = sheet.basket
    buyer = basket.buyer
    return (
        voucher.usable
        and voucher.currency == basket.currency
        and voucher.starts_at <= basket.shopper.now < voucher.ends_at
        and (voucher.buyer_id is None or (buyer is not None and buyer.id == voucher.buyer_id))
        and voucher.condition.is_satisfied_by(basket.shopper)
    )


def _points_worth(sheet: Sheet, goods: Decimal, room: Decimal) -> Decimal:
    terms = sheet.basket.points
    if terms is None:
        return ZERO
    steps = min(sheet.basket.points_wanted, terms.balance) // terms.points
    most = min(room, at_most(goods, terms.cap, sheet.basket.unit))
    fitting = int(most // terms.worth)
    if fitting < steps and (terms.worth > sheet.basket.unit or sheet.basket.voucher):
        sheet.could_be_cheaper = True  # dearer goods may take more points
    return min(steps, fitting) * terms.worth


def _payment_discount(sheet: Sheet, payable: Decimal) -> Decimal:
    terms = sheet.basket.payment
    if terms is None or not sheet.reaches(terms.minimum, payable, range(len(sheet.amounts))):
        return ZERO
    off = terms.amount or percentage(payable, terms.percent, sheet.basket.unit)
    return off if terms.cap is None else min(off, terms.cap)
