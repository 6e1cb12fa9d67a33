"""Points, payment discounts, and what deductions may take together."""

import pytest

from domain.errors import CurrencyMismatchError
from domain.money import Money
from domain.pricing.book import FeeRules, PaymentDiscount
from domain.pricing.breakdown import Funder
from domain.pricing.calculation import Calculation, Remark
from domain.pricing.request import Scene, Wishes
from domain.stock.allowance import Allowance, Claim
from tests.support.builders import cny
from tests.support.price_pages import (
    BUYER,
    a_page,
    a_voucher,
    amounts,
    an_item,
    flash,
    points_rule,
    price,
    threshold,
)

POINTS = Allowance.of_points(BUYER.id)
RICH = {POINTS: 1_000_000}


def with_points(wished, *, left=RICH, daily=10_000, buyer=BUYER, scene=Scene.CHECKOUT, **rule) -> Calculation:
    page = a_page(an_item("mug", daily), fees=FeeRules(points=points_rule(**rule)), left=left)
    return price(page, wishes=Wishes(points=wished), buyer=buyer, scene=scene)


def points_off(made) -> int:
    return -amounts(made.breakdown).get("points", 0)


def with_card(discount, *, daily=10_000, method="card", **page) -> Calculation:
    fees = FeeRules(payment_discounts={"card": discount}, **page)
    return price(a_page(an_item("mug", daily), fees=fees), wishes=Wishes(payment_method=method))


@pytest.mark.parametrize(
    ("wished", "left", "off"),
    [(300, RICH, 300), (300, {POINTS: 200}, 200), (9_000, RICH, 5_000), (0, RICH, 0)],
    ids=["as wished", "as many as there are", "half of the goods", "none wished"],
)
def test_100_points_are_worth_1_and_pay_for_at_most_half_of_the_goods(wished, left, off):
    made = with_points(wished, left=left)

    assert points_off(made) == off
    assert made.claims == ((Claim(POINTS, off),) if off else ())


def test_half_of_an_odd_amount_is_rounded_down():
    assert points_off(with_points(999, daily=101)) == 50


def test_the_cap_is_a_rule_of_the_currency():
    assert points_off(with_points(9_999, cap=10_000)) == 9_999
    assert points_off(with_points(9_999, cap=2_500)) == 2_500


def test_the_cap_is_taken_of_the_goods_after_promotions():
    page = a_page(promotions=(flash(6_000),), fees=FeeRules(points=points_rule()), left=RICH)

    assert points_off(price(page, wishes=Wishes(points=9_999))) == 3_000


@pytest.mark.parametrize(
    ("points", "worth", "wished", "used", "off"),
    [
        (100, 1, 250, 200, 2),
        (1, 5, 7, 7, 35),
        (3, 2, 10, 9, 6),
        (100, 100, 7, 7, 7),
    ],
    ids=["100 for 1 yen", "1 for 5", "3 for 2", "1 for 1"],
)
def test_no_point_is_wasted_on_a_part_of_a_minor_unit(points, worth, wished, used, off):
    made = with_points(wished, points=points, worth=cny(worth))

    assert points_off(made) == off
    assert made.claims == (Claim(POINTS, used),)


def test_points_that_would_exceed_the_cap_by_a_part_stay_whole():
    # Each point is worth 7; the cap of 50 leaves room for 7 of them.
    made = with_points(99, daily=100, points=1, worth=cny(7))

    assert points_off(made) == 49
    assert made.claims == (Claim(POINTS, 7),)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"buyer": None}, "buyer_unknown"),
        ({"left": {}}, "not_enough_points"),
        ({"points": 1_000, "worth": cny(1)}, "too_few"),
        ({"daily": 0}, "nothing_left"),
    ],
)
def test_points_that_are_not_used_are_named_with_the_reason(case, reason):
    made = with_points(300, **case)

    assert made.remarks == (Remark("points_not_applied", reason=reason),)
    assert made.claims == ()


def test_without_a_rule_points_are_not_accepted():
    made = price(a_page(left=RICH), wishes=Wishes(points=5))

    assert made.remarks == (Remark("points_not_applied", reason="not_accepted"),)


def test_points_of_another_currency_are_never_summed():
    with pytest.raises(CurrencyMismatchError):
        with_points(300, worth=Money(100, "USD"))


def test_points_are_borne_by_who_gives_them():
    part = with_points(100, funder=Funder.MERCHANT).breakdown.components[-1]

    assert (part.kind, part.funder) == ("points", Funder.MERCHANT)


@pytest.mark.parametrize(
    ("discount", "off"),
    [
        (PaymentDiscount("card", amount=300), 300),
        (PaymentDiscount("card", amount=30_000), 10_000),
        (PaymentDiscount("card", basis_points=100), 100),
        (PaymentDiscount("card", basis_points=100, cap=60), 60),
        (PaymentDiscount("card", amount=300, minimum=10_000), 300),
        (PaymentDiscount("card", amount=300, minimum=10_001), 0),
    ],
)
def test_a_payment_method_takes_off_an_amount_or_a_share(discount, off):
    made = with_card(discount)

    assert 10_000 - made.total.amount == off


def test_a_payment_discount_names_its_channel_and_its_base():
    part = with_card(PaymentDiscount("card", basis_points=150), daily=33).breakdown.components[-1]

    # 1.5 % of 33 is 0.495 → 0: nothing; of 34 0.51 → 1.
    assert part.id == "base"
    part = with_card(PaymentDiscount("card", basis_points=150), daily=34).breakdown.components[-1]
    assert (part.id, part.amount, part.base) == ("payment_discount:card", cny(-1), cny(34))
    assert (part.funder, part.source) == (Funder.CHANNEL, "channel:card")


def test_another_payment_method_gets_no_discount():
    assert with_card(PaymentDiscount("card", amount=300), method="wallet").total == cny(10_000)


def test_deductions_come_in_their_order_each_on_what_the_last_one_left():
    fees = FeeRules(
        points=points_rule(), payment_discounts={"card": PaymentDiscount("card", basis_points=1_000)}
    )
    page = a_page(fees=fees, voucher=a_voucher(2_000), left=RICH)

    made = price(page, wishes=Wishes(voucher_code="SAVE", points=9_999, payment_method="card"))

    assert amounts(made.breakdown) == {
        "base": 10_000,
        "voucher:SAVE": -2_000,
        "points": -5_000,
        "payment_discount:card": -300,
    }


def test_a_payment_discounts_minimum_is_tested_after_voucher_and_points():
    fees = FeeRules(payment_discounts={"card": PaymentDiscount("card", amount=100, minimum=9_001)})
    page = a_page(fees=fees, voucher=a_voucher(1_000))

    assert price(page, wishes=Wishes(voucher_code="SAVE", payment_method="card")).total == cny(9_000)


@pytest.mark.parametrize(
    ("cap", "expected"),
    [
        (10_000, {"voucher:SAVE": -4_000, "points": -5_000, "payment_discount:card": -700}),
        (9_200, {"voucher:SAVE": -4_000, "points": -5_000, "payment_discount:card": -200}),
        (6_000, {"voucher:SAVE": -4_000, "points": -2_000}),
        (3_000, {"voucher:SAVE": -3_000}),
    ],
)
def test_together_they_never_take_more_than_the_cap(cap, expected):
    fees = FeeRules(
        points=points_rule(),
        payment_discounts={"card": PaymentDiscount("card", amount=700)},
        deduction_cap=cap,
    )
    page = a_page(fees=fees, voucher=a_voucher(4_000), left=RICH)

    made = price(page, wishes=Wishes(voucher_code="SAVE", points=9_999, payment_method="card"))

    assert {k: v for k, v in amounts(made.breakdown).items() if k != "base"} == expected


def test_a_cap_of_nothing_lets_nothing_through_and_says_so():
    page = a_page(fees=FeeRules(points=points_rule(), deduction_cap=0), voucher=a_voucher(), left=RICH)

    made = price(page, wishes=Wishes(voucher_code="SAVE", points=100))

    assert made.total == cny(10_000)
    assert [(remark.code, remark.reason) for remark in made.remarks] == [
        ("points_not_applied", "nothing_left"),
        ("voucher_not_applied", "nothing_left"),
    ]


def test_deductions_never_take_more_than_the_goods_cost():
    fees = FeeRules(points=points_rule(cap=10_000))
    page = a_page(promotions=(threshold(1, 9_000),), fees=fees, voucher=a_voucher(600), left=RICH)

    made = price(page, wishes=Wishes(voucher_code="SAVE", points=9_999))

    assert made.total == cny(0)
    assert points_off(made) == 400


def test_every_reduction_is_divided_by_what_the_lines_cost_then():
    fees = FeeRules(points=points_rule())
    page = a_page(
        an_item("mug", 300),
        an_item("pen", 100),
        fees=fees,
        voucher=a_voucher(200, skus=frozenset({"mug"})),
        left=RICH,
    )

    made = price(page, ("mug", 1), ("pen", 1), wishes=Wishes(voucher_code="SAVE", points=101))

    assert [part.shares for part in made.breakdown.components[1:]] == [
        ((1, -200),),
        ((1, -51), (2, -50)),
    ]
