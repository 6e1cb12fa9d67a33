"""Shop and platform lanes: thresholds and tiers, tested on what is left after the lanes before them."""

import pytest

from domain.pricing.book import FeeRules
from domain.pricing.calculation import Remark
from domain.pricing.promotion import Lane, Promotion, Selector
from tests.support.builders import cny
from tests.support.price_pages import (
    a_page,
    a_promotion,
    amounts,
    an_item,
    flash,
    platform,
    price,
    remarks,
    threshold,
    total,
)

TWO_SHOPS = (an_item("mug", 10_000), an_item("box", 5_000, merchant="shop-8"))


def tiered(*tiers, lane="shop", promotion_id="tiered", **more) -> Promotion:
    return a_promotion(f"{lane}_tiered", {"tiers": list(tiers)}, promotion_id, **more)


@pytest.mark.parametrize(("minimum", "expected"), [(10_000, 9_000), (10_001, 10_000)])
def test_a_threshold_is_reached_by_exactly_its_minimum(minimum, expected):
    assert total(a_page(promotions=(threshold(minimum, 1_000),))) == expected


def test_a_threshold_takes_no_more_than_the_goods_cost():
    assert total(a_page(promotions=(threshold(1, 99_999),))) == 0


def test_a_threshold_sees_what_the_item_lane_left():
    page = a_page(promotions=(flash(7_000, priority=1), threshold(10_000, 1_000)), fees=BY_ITEM_PRIORITY)

    assert total(page) == 7_000


BY_ITEM_PRIORITY = FeeRules(selectors={Lane.ITEM: Selector.PRIORITY})


def test_each_merchants_goods_are_tested_by_themselves():
    page = a_page(*TWO_SHOPS, promotions=(threshold(10_000, 1_000),))

    made = price(page, ("mug", 1), ("box", 1))

    assert made.total == cny(14_000)
    assert made.promotions[0].skus == ("mug",)


def test_one_shop_promotion_wins_for_each_merchant():
    page = a_page(
        *TWO_SHOPS,
        promotions=(
            threshold(1, 1_000, "a"),
            threshold(1, 2_000, "b", merchant_id="shop-8"),
            threshold(1, 900, "c", merchant_id="shop-7"),
        ),
    )

    made = price(page, ("mug", 1), ("box", 1))

    assert amounts(made.breakdown) == {"base": 15_000, "promotion:a": -1_000, "promotion:b": -2_000}


def test_the_platforms_own_shop_promotion_is_one_component_over_all_merchants():
    page = a_page(*TWO_SHOPS, promotions=(threshold(5_000, 1_000),))

    part = price(page, ("mug", 1), ("box", 1)).breakdown.components[-1]

    assert part.amount == cny(-2_000)
    assert part.shares == ((1, -1_000), (2, -1_000))


def test_the_platform_lane_adds_up_the_goods_of_all_merchants():
    page = a_page(*TWO_SHOPS, promotions=(platform(15_000, 1_500),))

    made = price(page, ("mug", 1), ("box", 1))

    assert made.total == cny(13_500)
    assert made.breakdown.components[-1].shares == ((1, -1_000), (2, -500))


def test_one_platform_promotion_wins_for_the_order():
    page = a_page(promotions=(platform(1, 500, "a"), platform(1, 700, "b")))

    assert [each.id for each in price(page).promotions] == ["b"]


def test_the_platform_lane_sees_what_the_shop_lane_left():
    page = a_page(
        promotions=(threshold(1, 1_000), platform(9_001, 5_00)),
        fees=FeeRules(selectors={Lane.SHOP: Selector.PRIORITY}),
    )

    assert total(page) == 9_000


def test_lanes_add_up():
    page = a_page(
        promotions=(
            flash(9_000),
            a_promotion("bundle_amount", {"min_quantity": 1, "amount": 500}, "bundle"),
            threshold(1, 300),
            platform(1, 200),
        )
    )

    assert amounts(price(page).breakdown) == {
        "base": 10_000,
        "promotion:flash": -1_000,
        "promotion:bundle": -500,
        "promotion:threshold": -300,
        "promotion:platform": -200,
    }


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(1, 0), (2, 1_000), (4, 1_000), (5, 5_000), (9, 9_000)],
)
def test_the_best_tier_that_is_reached_counts(quantity, expected):
    page = a_page(
        promotions=(tiered({"minimum": 20_000, "amount": 1_000}, {"minimum": 50_000, "basis_points": 1_000}),)
    )

    assert quantity * 10_000 - total(page, ("mug", quantity)) == expected


def test_a_higher_tier_that_saves_less_does_not_take_the_better_one_away():
    page = a_page(
        promotions=(
            tiered({"minimum": 100, "amount": 2_000}, {"minimum": 200, "amount": 1_000}, lane="platform"),
        )
    )

    assert total(page) == 8_000


def test_a_percentage_of_a_tier_is_rounded_half_up_once_on_its_amount():
    page = a_page(
        an_item("mug", 5), an_item("pen", 10), promotions=(tiered({"minimum": 1, "basis_points": 1_000}),)
    )

    # 10 % of 15 is 1.5 → 2; by line it would have been 1 + 1, and 0.5 + 1 in truth.
    assert total(page, ("mug", 1), ("pen", 1)) == 13


def test_only_goods_in_scope_count_and_carry():
    page = a_page(
        an_item("mug", 10_000),
        an_item("pen", 500),
        promotions=(threshold(10_000, 1_000, skus=frozenset({"mug"})),),
    )

    part = price(page, ("pen", 1), ("mug", 1)).breakdown.components[-1]

    assert part.shares == ((2, -1_000),)
    assert total(page, ("pen", 20)) == 10_000


def test_the_reduction_is_divided_by_what_the_lines_cost_after_the_lanes_before():
    page = a_page(an_item("mug", 10_000), an_item("pen", 5_000), promotions=(flash(5_000), threshold(1, 101)))

    part = price(page, ("mug", 1), ("pen", 1)).breakdown.components[-1]

    assert part.shares == ((1, -51), (2, -50))


def test_what_is_missing_for_a_threshold_is_named():
    made = price(a_page(promotions=(threshold(12_000, 500),)))

    assert remarks(made, "add_more") == [Remark("add_more", "threshold", amount=cny(2_000), saves=cny(500))]


def test_what_is_missing_is_measured_after_the_lanes_before():
    made = price(a_page(promotions=(flash(9_000), platform(12_000, 500))))

    assert remarks(made, "add_more")[0].amount == cny(3_000)


def test_the_next_better_tier_is_named():
    page = a_page(
        promotions=(
            tiered(
                {"minimum": 10_000, "amount": 1_000},
                {"minimum": 20_000, "amount": 900},
                {"minimum": 30_000, "basis_points": 1_000},
                {"minimum": 40_000, "amount": 9_000},
            ),
        )
    )

    assert remarks(price(page), "add_more") == [
        Remark("add_more", "tiered", amount=cny(20_000), saves=cny(3_000))
    ]


def test_nothing_is_missing_at_the_best_tier():
    assert price(a_page(promotions=(threshold(10_000, 500),))).remarks == ()


def test_what_would_save_less_than_what_won_is_no_hint():
    page = a_page(promotions=(threshold(1, 1_000, "a"), threshold(20_000, 1_000, "b")))

    assert price(page).remarks == ()


def test_a_tier_beyond_those_that_save_too_little_is_named():
    tiers = tiered({"minimum": 11_000, "amount": 500}, {"minimum": 15_000, "amount": 3_000})
    page = a_page(promotions=(threshold(10_000, 1_000), tiers))

    assert remarks(price(page), "add_more") == [
        Remark("add_more", "tiered", amount=cny(5_000), saves=cny(3_000))
    ]


def test_one_hint_for_a_promotion_that_several_merchants_miss():
    page = a_page(*TWO_SHOPS, promotions=(threshold(12_000, 500),))

    assert [remark.amount for remark in price(page, ("mug", 1), ("box", 1)).remarks] == [cny(2_000)]


def test_goods_that_cost_nothing_get_nothing_off():
    made = price(a_page(an_item("gift", 0), promotions=(threshold(1, 500),)), ("gift", 1))

    assert made.total == cny(0)
    assert made.promotions == ()
