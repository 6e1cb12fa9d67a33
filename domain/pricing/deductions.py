"""Layer 3: voucher, then points, then the payment method's discount; together never more than allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import gcd
from typing import NamedTuple

from domain.errors import CurrencyMismatchError
from domain.money import Money
from domain.pricing.basket import Basket
from domain.pricing.book import PaymentDiscount, PriceBookPage, Voucher, VoucherKind
from domain.pricing.breakdown import Layer
from domain.pricing.calculation import Remark
from domain.pricing.claims import claims_for, left_of, of_voucher
from domain.pricing.conditions import qualifies
from domain.pricing.parts import Part
from domain.pricing.promotion import Shopper
from domain.pricing.request import PriceRequest, Scene
from domain.pricing.rounding import at_most, share
from domain.stock.allowance import Allowance, AllowanceKind, Claim

WITH_DEDUCTIONS = frozenset({Scene.CART, Scene.CHECKOUT})


class Deducted(NamedTuple):
    """What came off. `short` is how much the voucher's minimum was missed by.

    `points` is how many were used. The rest is for the search: `points_capped` when more of them could have
    been used on dearer goods, `voucher_varies` when the voucher takes more off dearer goods.
    """

    parts: list[Part]
    off: int = 0
    voucher: int = 0
    short: int = 0
    points: int = 0
    points_capped: bool = False
    voucher_varies: bool = False
    discount_missed: bool = False


class Deductions:
    """The deductions that one request asks for, whatever its goods cost in the end."""

    __slots__ = (
        "_basket",
        "_buyer_id",
        "_lines",
        "_points_refusal",
        "_refusal",
        "_step",
        "_steps",
        "_wishes",
        "cap",
        "discount",
        "rule",
        "scope",
        "voucher",
    )

    def __init__(self, basket: Basket, page: PriceBookPage, request: PriceRequest, shopper: Shopper) -> None:
        self._basket = basket
        self._wishes = request.wishes
        self._buyer_id = shopper.buyer.id if shopper.buyer else ""
        self.cap = page.fees.deduction_cap
        self._refusal = self._points_refusal = ""
        self.voucher: Voucher | None = None
        self.discount: PaymentDiscount | None = None
        self.scope: list[int] = []
        self._lines: list[int] | None = None
        self.rule, self._step, self._steps = page.fees.points, (1, 1), 0
        if request.scene in WITH_DEDUCTIONS:
            self._plan_voucher(page, shopper)
            self._plan_points(page)
            self.discount = page.fees.payment_discounts.get(self._wishes.payment_method)

    @property
    def are_any(self) -> bool:
        """False when nothing can be deducted, whatever the goods cost."""
        return self.voucher is not None or self._steps > 0 or self.discount is not None

    @property
    def steps_are_coarse(self) -> bool:
        """True when points cannot be used for every single minor unit."""
        return self._step[1] > 1

    def off(self, sums: Sequence[int], goods: int) -> Deducted:
        """What comes off a basket whose SKUs cost `sums`, together `goods`, after promotions."""
        if not self.are_any:
            return _NOTHING
        room = min(goods, at_most(goods, self.cap))
        parts: list[Part] = []
        in_scope = goods if self._lines is None else sum([sums[sku] for sku in self.scope])
        voucher, short = self._voucher_off(in_scope, room)
        if voucher and self.voucher:
            name = f"voucher:{self.voucher.code}"
            parts.append(
                Part(
                    name,
                    Layer.DEDUCTION,
                    "voucher",
                    self.voucher.name or "voucher",
                    -voucher,
                    self.voucher.funder,
                    self.voucher.code,
                    self._lines,
                    in_scope if self.voucher.kind is VoucherKind.PERCENTAGE else None,
                )
            )
        points, capped = self._points_off(goods, room - voucher, parts)
        left = goods - voucher - points * self._step[1]
        room -= goods - left
        missed = self._discount_off(left, room, parts)
        return Deducted(
            parts,
            -sum([part.amount for part in parts]),
            voucher,
            short,
            points * self._step[0],
            capped,
            bool(voucher) and (self._is_share or voucher == in_scope),
            missed,
        )

    def remarks(self, deducted: Deducted) -> Iterator[Remark]:
        """Why a voucher or points were not used: nothing is dropped silently."""
        currency, code = self._basket.currency, self._wishes.voucher_code
        if self._refusal:
            yield Remark("voucher_not_applied", code, self._refusal)
        elif deducted.short:
            short = Money(deducted.short, currency)
            yield Remark("voucher_not_applied", code, "minimum_missed", amount=short)
        elif self.voucher and not deducted.voucher:
            yield Remark("voucher_not_applied", code, "nothing_left")
        if self._points_refusal:
            yield Remark("points_not_applied", reason=self._points_refusal)
        elif self._steps and not deducted.points:
            yield Remark("points_not_applied", reason="nothing_left")

    def claims(self, deducted: Deducted) -> Iterator[Claim]:
        """Uses and points that an order needs."""
        if deducted.voucher and self.voucher:
            yield from claims_for(of_voucher(self.voucher, self._buyer_id), 1)
        if deducted.points:
            yield Claim(Allowance.of_points(self._buyer_id), deducted.points)

    @property
    def _is_share(self) -> bool:
        return self.voucher is not None and self.voucher.kind is VoucherKind.PERCENTAGE

    def _plan_voucher(self, page: PriceBookPage, shopper: Shopper) -> None:
        if not self._wishes.voucher_code:
            return
        voucher = page.voucher
        if voucher is None:
            self._refusal = "unknown"
            return
        basket = self._basket
        self.scope = [
            sku
            for sku, item in enumerate(basket.items)
            if voucher.merchant_id in {None, item.merchant_id}
            and (voucher.skus is None or item.sku in voucher.skus)
        ]
        self._refusal = (
            _refused(voucher, basket.currency, shopper)
            or _used_up(voucher, page, self._buyer_id)
            or ("" if self.scope else "nothing_in_scope")
        )
        if not self._refusal:
            self.voucher = voucher
            if len(self.scope) < len(basket.skus):
                self._lines = basket.lines_of(self.scope)

    def _plan_points(self, page: PriceBookPage) -> None:
        wished = self._wishes.points
        if not wished:
            return
        if self.rule is None or not self._buyer_id:
            self._points_refusal = "buyer_unknown" if self.rule else "not_accepted"
            return
        worth = self.rule.worth
        if worth.currency != self._basket.currency:
            raise CurrencyMismatchError(expected=self._basket.currency, actual=worth.currency)
        # The smallest number of points that is worth whole minor units, and what it is worth.
        parts = gcd(self.rule.points, worth.amount)
        self._step = (self.rule.points // parts, worth.amount // parts)
        balance = left_of(page.left, Allowance.of_points(self._buyer_id), None)
        self._steps = min(wished, balance) // self._step[0]
        if not self._steps:
            self._points_refusal = "too_few" if balance >= wished else "not_enough_points"

    def _voucher_off(self, in_scope: int, room: int) -> tuple[int, int]:
        voucher = self.voucher
        if voucher is None:
            return 0, 0
        if in_scope < voucher.minimum:
            return 0, voucher.minimum - in_scope
        off = share(in_scope, voucher.value) if self._is_share else min(voucher.value, in_scope)
        return min(off, room, off if voucher.cap is None else voucher.cap), 0

    def _points_off(self, goods: int, room: int, parts: list[Part]) -> tuple[int, bool]:
        if not self._steps or self.rule is None:
            return 0, False
        worth = self._step[1]
        fitting = min(at_most(goods, self.rule.cap), room) // worth
        steps = min(self._steps, fitting)
        if steps:
            parts.append(
                Part(
                    "points",
                    Layer.DEDUCTION,
                    "points",
                    "points",
                    -steps * worth,
                    self.rule.funder,
                    "points",
                )
            )
        return steps, steps < self._steps

    def _discount_off(self, payable: int, room: int, parts: list[Part]) -> bool:
        discount = self.discount
        if discount is None:
            return False
        if payable < discount.minimum:
            return True
        off = discount.amount + share(payable, discount.basis_points)
        off = min(off, payable, room, off if discount.cap is None else discount.cap)
        if off:
            parts.append(
                Part(
                    f"payment_discount:{discount.method}",
                    Layer.DEDUCTION,
                    "payment_discount",
                    "payment_discount",
                    -off,
                    discount.funder,
                    f"channel:{discount.method}",
                    base=payable if discount.basis_points else None,
                )
            )
        return False


_NOTHING = Deducted([])


def _refused(voucher: Voucher, currency: str, shopper: Shopper) -> str:
    buyer = shopper.buyer
    if voucher.currency != currency:
        return "other_currency"
    if voucher.buyer_id is not None and (buyer is None or buyer.id != voucher.buyer_id):
        return "other_buyer"
    if too := _out_of_time(voucher, shopper.now):
        return too
    if voucher.per_buyer_limit is not None and buyer is None:
        return "buyer_unknown"
    return "" if qualifies(voucher.condition, shopper) else "not_eligible"


def _out_of_time(voucher: Voucher, now: datetime) -> str:
    if now < voucher.starts_at:
        return "not_started"
    return "ended" if now >= voucher.ends_at else ""


def _used_up(voucher: Voucher, page: PriceBookPage, buyer_id: str) -> str:
    for allowance, limit in of_voucher(voucher, buyer_id):
        if left_of(page.left, allowance, limit) < 1:
            return "limit_reached" if allowance.kind is AllowanceKind.VOUCHER_BUYER else "used_up"
    return ""
