"""The item lane: flash sale, new buyers' price, VIP price, daily offer. One wins for each SKU."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.catalogue.buyers import Buyer
from domain.pricing.book import FeeRules
from domain.pricing.breakdown import Funder
from domain.pricing.promotion import Lane, Selector
from domain.pricing.request import Scene
from tests.support.builders import cny
from tests.support.price_pages import (
    BUYER,
    NEWCOMER,
    NOW,
    a_page,
    a_promotion,
    amounts,
    an_item,
    flash,
    price,
    total,
)

PRICES = {"prices": {"mug": 8_000}}


@pytest.mark.parametrize("kind", ["daily_price", "flash_sale"])
def test_a_price_for_everybody_is_charged_to_everybody(kind):
    page = a_page(promotions=(a_promotion(kind, PRICES),))

    assert total(page, buyer=None) == 8_000
    assert price(page, buyer=None).breakdown.components[-1].kind == kind


def test_a_new_buyer_pays_the_new_buyers_price():
    page = a_page(promotions=(a_promotion("new_buyer_price", PRICES),))

    assert total(page, buyer=NEWCOMER) == 8_000
    assert total(page, buyer=BUYER) == 10_000
    assert total(page, buyer=None) == 10_000


@pytest.mark.parametrize(
    ("age", "orders", "expected"),
    [
        (timedelta(0), 0, 8_000),
        (timedelta(days=7), 0, 8_000),
        (timedelta(days=7, microseconds=1), 0, 10_000),
        (timedelta(days=8), 0, 10_000),
        (timedelta(days=1), 1, 10_000),
    ],
    ids=["just registered", "the last instant", "just over", "day 8", "has ordered"],
)
def test_new_is_who_registered_at_most_seven_days_ago_and_has_no_order(age, orders, expected):
    page = a_page(promotions=(a_promotion("new_buyer_price", PRICES),))

    assert total(page, buyer=Buyer("b", NOW - age, orders)) == expected


def test_a_vip_price_is_for_vips_unless_it_names_other_segments():
    vip = replace(BUYER, segments=frozenset({"vip"}))
    gold = replace(BUYER, segments=frozenset({"gold"}))
    by_default = a_page(promotions=(a_promotion("vip_price", PRICES),))
    for_gold = a_page(promotions=(a_promotion("vip_price", PRICES, segments=frozenset({"gold"})),))

    assert [total(by_default, buyer=buyer) for buyer in (vip, gold, BUYER, None)] == [8_000, *[10_000] * 3]
    assert [total(for_gold, buyer=buyer) for buyer in (vip, gold)] == [10_000, 8_000]


@pytest.mark.parametrize("asked", [10_000, 10_001, 99_999])
def test_a_promotion_price_never_exceeds_the_daily_price(asked):
    made = price(a_page(an_item("mug", 10_000, market=12_000), promotions=(flash(asked),)))

    assert made.total == cny(10_000)
    assert made.promotions == ()


def test_one_fen_below_the_daily_price_is_an_offer():
    assert total(a_page(promotions=(flash(9_999),))) == 9_999


def test_a_price_of_nothing_is_a_price():
    made = price(a_page(promotions=(flash(0),)))

    assert made.total == cny(0)
    assert made.lines[0].unit_price == cny(0)


def test_the_lowest_price_wins_and_takes_all_lines_of_the_sku():
    page = a_page(promotions=(flash(8_000), flash(7_000, promotion_id="lower")))

    made = price(page, ("mug", 1), ("mug", 2))

    assert amounts(made.breakdown) == {"base": 30_000, "promotion:lower": -9_000}
    assert made.breakdown.components[-1].shares == ((1, -3_000), (2, -6_000))
    assert {line.unit_price for line in made.lines} == {cny(7_000)}


def test_each_sku_has_a_winner_of_its_own():
    page = a_page(
        an_item("mug", 10_000),
        an_item("pen", 500),
        promotions=(
            a_promotion("flash_sale", {"prices": {"mug": 8_000, "pen": 450}}, "a"),
            a_promotion("daily_price", {"prices": {"mug": 9_000, "pen": 400}}, "b"),
        ),
    )

    made = price(page, ("mug", 1), ("pen", 1))

    assert {each.id: each.skus for each in made.promotions} == {"a": ("mug",), "b": ("pen",)}


def test_one_promotion_on_several_skus_is_one_component():
    page = a_page(
        an_item("mug", 10_000),
        an_item("pen", 500),
        promotions=(flash(400, "mug", "pen", funder=Funder.PLATFORM),),
    )

    part = price(page, ("pen", 1), ("mug", 1)).breakdown.components[-1]

    assert (part.id, part.kind, part.label, part.funder, part.source) == (
        "promotion:flash",
        "flash_sale",
        "Flash Sale",
        Funder.PLATFORM,
        "flash",
    )
    assert part.shares == ((1, -100), (2, -9_600))


def test_of_equal_prices_the_smaller_priority_wins_then_the_id():
    def winner(*promotions) -> str:
        return price(a_page(promotions=promotions)).promotions[0].id

    a, b = flash(8_000, promotion_id="a"), flash(8_000, promotion_id="b")
    assert winner(b, a) == "a"
    assert winner(a, replace(b, priority=5)) == "b"


def test_by_priority_the_dearer_one_wins():
    fees = FeeRules(selectors={Lane.ITEM: Selector.PRIORITY})
    page = a_page(promotions=(flash(8_000), flash(9_000, promotion_id="first", priority=1)), fees=fees)

    assert total(page) == 9_000


def test_by_priority_what_gives_nothing_does_not_win():
    fees = FeeRules(selectors={Lane.ITEM: Selector.PRIORITY})
    page = a_page(promotions=(flash(8_000), flash(10_000, promotion_id="first", priority=1)), fees=fees)

    assert total(page) == 8_000


@pytest.mark.parametrize(("quantity", "expected"), [(1, 10_000), (2, 16_000), (3, 24_000)])
def test_a_minimum_quantity_counts_all_lines_of_the_sku(quantity, expected):
    page = a_page(promotions=(flash(8_000, min_quantity=2),))

    assert total(page, *[("mug", 1)] * quantity) == expected


@pytest.mark.parametrize(
    "promotion",
    [
        flash(8_000, skus=frozenset({"pen"})),
        flash(8_000, merchant_id="shop-9"),
        flash(8_000, currency="USD"),
    ],
    ids=["other goods", "another merchant's", "another currency"],
)
def test_what_is_out_of_scope_gets_nothing(promotion):
    assert total(a_page(promotions=(promotion,)), scene=Scene.DISPLAY) == 10_000


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW - timedelta(hours=1, microseconds=1), 10_000),
        (NOW - timedelta(hours=1), 8_000),
        (NOW + timedelta(hours=1, microseconds=-1), 8_000),
        (NOW + timedelta(hours=1), 10_000),
    ],
    ids=["just before the start", "at the start", "just before the end", "at the end"],
)
def test_a_promotion_holds_from_its_start_until_just_before_its_end(at, expected):
    assert total(a_page(promotions=(flash(8_000),)), at=at) == expected
