"""The worked example of the business, to the fen."""

from datetime import timedelta

import pytest

from domain.money import Money
from domain.pricing.book import DeliveryFee, FeeRules, ServiceFee
from domain.pricing.breakdown import Funder, Layer
from domain.pricing.explain import price_text
from domain.pricing.request import Scene, Wishes
from domain.stock.allowance import Allowance, Claim
from tests.support.builders import cny
from tests.support.price_pages import (
    BUYER,
    NOW,
    SHOP,
    a_page,
    a_voucher,
    amounts,
    an_item,
    flash,
    points_rule,
    price,
    threshold,
    total,
)

FEES = FeeRules(
    {SHOP: DeliveryFee(cny(1_000))},
    {"insurance": ServiceFee("insurance", "Insurance", amount=5_000)},
    handling={"card": 200},
    points=points_rule(),
)
PAGE = a_page(
    an_item("mug", 49_000, market=50_000),
    promotions=(flash(45_000), threshold(80_000, 8_000)),
    fees=FEES,
    voucher=a_voucher(10_000),
    left={Allowance.of_points(BUYER.id): 10_000},
)
INSURED = Wishes(services=("insurance",))
PAID = Wishes(services=("insurance",), voucher_code="SAVE", points=10_000, payment_method="card")


def test_the_order_scene_costs_88000():
    made = price(PAGE, ("mug", 2), scene=Scene.ORDER, wishes=INSURED)

    assert amounts(made.breakdown) == {
        "base": 100_000,
        "daily_price": -2_000,
        "promotion:flash": -8_000,
        "promotion:threshold": -8_000,
        f"delivery:{SHOP}": 1_000,
        "service:insurance": 5_000,
    }
    assert made.total == cny(88_000)


def test_the_checkout_costs_69360():
    made = price(PAGE, ("mug", 2), wishes=PAID)

    assert amounts(made.breakdown) == {
        "base": 100_000,
        "daily_price": -2_000,
        "promotion:flash": -8_000,
        "promotion:threshold": -8_000,
        "voucher:SAVE": -10_000,
        "points": -10_000,
        f"delivery:{SHOP}": 1_000,
        "service:insurance": 5_000,
        "handling:card": 1_360,
    }
    assert made.total == cny(69_360)
    assert made.breakdown.components[-1].base == cny(68_000)
    assert made.claims == (Claim(Allowance.of_points(BUYER.id), 10_000),)


def test_the_staircase_ends_at_the_total():
    steps = price(PAGE, ("mug", 2), wishes=PAID).breakdown.steps()

    assert [step.running.amount for step in steps] == [
        100_000,
        98_000,
        90_000,
        82_000,
        72_000,
        62_000,
        63_000,
        68_000,
        69_360,
    ]


def test_a_price_explains_itself_in_one_line():
    page = a_page(
        an_item("mug", 49_000, market=50_000),
        promotions=(threshold(80_000, 8_000),),
        fees=FeeRules({SHOP: DeliveryFee(cny(1_000))}),
    )

    made = price(page, ("mug", 2))

    assert price_text(made.breakdown, 2) == "1000.00 − 20.00 − 80.00 + 10.00 = 910.00"


def test_everybody_who_bears_a_part_is_named():
    made = price(PAGE, ("mug", 2), wishes=PAID)

    bearers = {part.id: (part.funder, part.source) for part in made.breakdown.components}
    assert bearers == {
        "base": (Funder.BUYER, "price_book"),
        "daily_price": (Funder.MERCHANT, "price_book"),
        "promotion:flash": (Funder.MERCHANT, "flash"),
        "promotion:threshold": (Funder.MERCHANT, "threshold"),
        "voucher:SAVE": (Funder.PLATFORM, "SAVE"),
        "points": (Funder.PLATFORM, "points"),
        f"delivery:{SHOP}": (Funder.BUYER, f"merchant:{SHOP}"),
        "service:insurance": (Funder.BUYER, "platform"),
        "handling:card": (Funder.BUYER, "channel:card"),
    }


def test_the_unit_price_is_that_of_the_item_lane():
    made = price(PAGE, ("mug", 2), wishes=PAID)

    assert made.lines[0].unit_price == cny(45_000)
    assert made.listed_prices == (cny(50_000),)


def test_applied_promotions_tell_their_end_and_what_they_took_off():
    made = price(PAGE, ("mug", 2))

    assert [(each.id, each.reduction.amount, each.skus) for each in made.promotions] == [
        ("flash", 8_000, ("mug",)),
        ("threshold", 8_000, ("mug",)),
    ]
    assert made.promotions[0].ends_at == NOW + timedelta(hours=1)


def test_100_with_a_flash_price_of_80_costs_80():
    page = a_page(an_item("mug", 10_000), promotions=(flash(8_000),))

    assert total(page) == 8_000


@pytest.mark.parametrize(
    ("scene", "layers", "expected"),
    [
        (Scene.DISPLAY, {Layer.BASE, Layer.PROMOTION}, 82_000),
        (Scene.CART, {Layer.BASE, Layer.PROMOTION, Layer.DEDUCTION}, 62_000),
        (Scene.ORDER, {Layer.BASE, Layer.PROMOTION, Layer.CHARGE}, 88_000),
        (Scene.CHECKOUT, set(Layer), 69_360),
    ],
)
def test_each_scene_has_its_layers(scene, layers, expected):
    made = price(PAGE, ("mug", 2), scene=scene, wishes=PAID)

    assert {part.layer for part in made.breakdown.components} == layers
    assert made.total == Money(expected, "CNY")


def test_the_order_scene_knows_no_channel_fee():
    made = price(PAGE, ("mug", 2), scene=Scene.ORDER, wishes=PAID)

    assert "handling:card" not in amounts(made.breakdown)
