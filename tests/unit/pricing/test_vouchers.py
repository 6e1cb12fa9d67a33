"""Vouchers: tested after promotions, never silently dropped."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.pricing.book import FeeRules, Voucher, VoucherKind
from domain.pricing.breakdown import Funder, Layer
from domain.pricing.calculation import Calculation, Remark
from domain.pricing.conditions import TOTAL_ORDERS
from domain.pricing.request import Scene, Wishes
from domain.stock.allowance import Allowance, Claim
from tests.support.builders import cny
from tests.support.price_pages import (
    BUYER,
    NOW,
    a_page,
    a_voucher,
    amounts,
    an_item,
    flash,
    price,
    remarks,
    threshold,
)

WITH_CODE = Wishes(voucher_code="SAVE")


def used(voucher, *lines, page=None, **request) -> Calculation:
    return price(replace(page or a_page(), voucher=voucher), *lines, wishes=WITH_CODE, **request)


def percent(value, **more) -> Voucher:
    return a_voucher(value, kind=VoucherKind.PERCENTAGE, **more)


@pytest.mark.parametrize(
    ("voucher", "off"),
    [
        (a_voucher(1_000), 1_000),
        (a_voucher(99_999), 10_000),
        (a_voucher(99_999, cap=500), 500),
        (percent(1_500), 1_500),
        (percent(1_500, cap=700), 700),
        (percent(1_500, cap=9_000), 1_500),
        (percent(10_000), 10_000),
    ],
)
def test_it_takes_off_an_amount_or_a_percentage_with_a_cap(voucher, off):
    assert amounts(used(voucher).breakdown)["voucher:SAVE"] == -off


def test_a_percentage_is_rounded_half_up_once_and_names_what_it_was_taken_of():
    made = used(percent(1_000), page=a_page(an_item("mug", 15)))

    part = made.breakdown.components[-1]
    assert (part.amount, part.base, part.layer) == (cny(-2), cny(15), Layer.DEDUCTION)


def test_who_bears_it_is_who_gave_it():
    part = used(a_voucher(funder=Funder.MERCHANT)).breakdown.components[-1]

    assert (part.kind, part.label, part.source, part.funder) == ("voucher", "Save", "SAVE", Funder.MERCHANT)


@pytest.mark.parametrize(("minimum", "applies"), [(9_000, True), (9_001, False)])
def test_its_minimum_is_tested_after_promotions(minimum, applies):
    page = a_page(promotions=(threshold(1, 1_000),), fees=FeeRules())

    # Without the promotion the minimum would be met, but the price would be no lower.
    made = used(a_voucher(10, minimum=minimum), page=page)
    assert ("voucher:SAVE" in amounts(made.breakdown)) is applies


def test_a_missed_minimum_says_by_how_much():
    made = used(a_voucher(minimum=12_000))

    assert made.remarks == (Remark("voucher_not_applied", "SAVE", "minimum_missed", amount=cny(2_000)),)
    assert made.total == cny(10_000)


def test_only_goods_in_scope_count_for_it_and_carry_it():
    page = a_page(an_item("mug", 10_000), an_item("pen", 4_000), an_item("box", 5_000, merchant="shop-8"))

    by_sku = used(percent(1_000, skus=frozenset({"pen"})), ("mug", 1), ("pen", 1), page=page)
    by_shop = used(a_voucher(1_000, merchant_id="shop-8"), ("mug", 1), ("box", 1), page=page)

    assert by_sku.breakdown.components[-1].shares == ((2, -400),)
    assert by_shop.breakdown.components[-1].shares == ((2, -1_000),)
    short = used(a_voucher(minimum=4_001, skus=frozenset({"pen"})), ("mug", 1), ("pen", 1), page=page)
    assert short.remarks[0].amount == cny(1)


@pytest.mark.parametrize(
    ("voucher", "reason"),
    [
        (None, "unknown"),
        (a_voucher(currency="USD"), "other_currency"),
        (a_voucher(buyer_id="somebody-else"), "other_buyer"),
        (a_voucher(starts_at=NOW + timedelta(microseconds=1)), "not_started"),
        (a_voucher(ends_at=NOW), "ended"),
        (a_voucher(condition=TOTAL_ORDERS.at_least(4)), "not_eligible"),
        (a_voucher(has_uses=True), "used_up"),
        (a_voucher(skus=frozenset({"pen"})), "nothing_in_scope"),
        (a_voucher(merchant_id="shop-9"), "nothing_in_scope"),
    ],
)
def test_one_that_does_not_apply_is_named_with_its_reason(voucher, reason):
    made = used(voucher)

    assert made.remarks == (Remark("voucher_not_applied", "SAVE", reason),)
    assert made.total == cny(10_000)
    assert made.claims == ()


def test_a_voucher_for_known_buyers_is_refused_to_an_unknown_one():
    made = used(a_voucher(per_buyer_limit=1), buyer=None)

    assert made.remarks[0].reason == "buyer_unknown"
    assert used(a_voucher(buyer_id=BUYER.id), buyer=None).remarks[0].reason == "other_buyer"
    assert used(a_voucher(), buyer=None).total == cny(9_000)


def test_its_own_buyer_may_use_it():
    assert used(a_voucher(buyer_id=BUYER.id)).total == cny(9_000)


def test_it_holds_from_its_start_on():
    assert used(a_voucher(starts_at=NOW)).total == cny(9_000)
    assert used(a_voucher(ends_at=NOW + timedelta(microseconds=1))).total == cny(9_000)


def test_uses_are_counted_and_claimed():
    voucher = a_voucher(has_uses=True, per_buyer_limit=2)
    uses, mine = Allowance.of_voucher("SAVE"), Allowance.of_voucher_for("SAVE", BUYER.id)

    def with_left(left) -> Calculation:
        return used(voucher, page=a_page(left=left))

    assert with_left({uses: 1}).claims == (Claim(uses, 1), Claim(mine, 1, 2))
    assert with_left({uses: 0}).remarks[0].reason == "used_up"
    assert with_left({uses: 1, mine: 0}).remarks[0].reason == "limit_reached"


def test_goods_that_cost_nothing_leave_nothing_to_take_off():
    made = used(
        a_voucher(has_uses=True), page=a_page(promotions=(flash(0),), left={Allowance.of_voucher("SAVE"): 1})
    )

    assert made.remarks == (Remark("voucher_not_applied", "SAVE", "nothing_left"),)
    assert made.claims == ()


def test_a_voucher_that_nobody_asked_for_is_not_used():
    made = price(a_page(voucher=a_voucher()))

    assert (made.total, made.remarks) == (cny(10_000), ())


@pytest.mark.parametrize(
    ("scene", "applies"),
    [(Scene.DISPLAY, False), (Scene.CART, True), (Scene.ORDER, False), (Scene.CHECKOUT, True)],
)
def test_deductions_belong_to_cart_and_checkout(scene, applies):
    made = used(a_voucher(), scene=scene)

    assert (made.total == cny(9_000)) is applies
    assert remarks(made, "voucher_not_applied") == []
