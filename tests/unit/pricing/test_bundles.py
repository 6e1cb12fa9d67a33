"""The bundle lane: so many units at a percentage or an amount off, at a fixed total, or with a gift."""

import pytest

from domain.pricing.book import FeeRules
from domain.pricing.calculation import Remark
from domain.pricing.promotion import Lane, Promotion, Selector
from tests.support.builders import cny
from tests.support.price_pages import a_page, a_promotion, amounts, an_item, flash, price, remarks, total


def percentage(quantity=3, basis_points=2_000, rounds=None, promotion_id="bundle", **more) -> Promotion:
    terms = {"min_quantity": quantity, "basis_points": basis_points, "max_rounds": rounds}
    return a_promotion("bundle_percentage", terms, promotion_id, **more)


def amount(quantity=2, off=1_000, rounds=None, **more) -> Promotion:
    terms = {"min_quantity": quantity, "amount": off, "max_rounds": rounds}
    return a_promotion("bundle_amount", terms, "bundle", **more)


def fixed(quantity=3, whole=25_000, rounds=None, **more) -> Promotion:
    terms = {"min_quantity": quantity, "total": whole, "max_rounds": rounds}
    return a_promotion("bundle_total", terms, "bundle", **more)


def gift(quantity=2, units=1, sku=None, rounds=None, promotion_id="gift", **more) -> Promotion:
    terms = {"min_quantity": quantity, "gift_quantity": units, "gift_sku": sku, "max_rounds": rounds}
    return a_promotion("buy_gift", terms, promotion_id, **more)


def off(promotion: Promotion, quantity: int, daily: int = 10_000) -> int:
    made = price(a_page(an_item("mug", daily), promotions=(promotion,)), ("mug", quantity))
    return daily * quantity - made.total.amount


@pytest.mark.parametrize(("quantity", "expected"), [(2, 0), (3, 6_000), (5, 6_000), (6, 12_000), (9, 18_000)])
def test_every_full_round_of_three_is_20_percent_off(quantity, expected):
    assert off(percentage(), quantity) == expected


def test_at_most_so_many_rounds_are_reduced():
    assert off(percentage(rounds=2), 30) == 12_000
    assert off(amount(rounds=2), 30) == 2_000
    assert off(fixed(rounds=2), 30) == 10_000
    assert off(gift(rounds=2), 30) == 20_000


def test_a_percentage_is_rounded_half_up_for_each_round():
    # 3 × 15 = 45, 10 % of it 4.5 → 5; two rounds 10, where once on 90 would be 9.
    assert off(percentage(3, 1_000), 6, daily=15) == 10
    # 3 × 11 = 33 → 3.3 → 3
    assert off(percentage(3, 1_000), 6, daily=11) == 6


@pytest.mark.parametrize(("daily", "expected"), [(10_000, 1_000), (500, 1_000), (499, 998)])
def test_an_amount_off_is_never_more_than_the_round_costs(daily, expected):
    assert off(amount(2, 1_000), 2, daily) == expected


@pytest.mark.parametrize(("daily", "expected"), [(10_000, 5_000), (8_334, 2), (8_333, 0), (100, 0)])
def test_a_fixed_total_never_makes_a_round_dearer(daily, expected):
    assert off(fixed(3, 25_000), 3, daily) == expected


def test_a_fixed_total_of_nothing_gives_the_round_away():
    assert off(fixed(3, 0), 4) == 30_000


def test_the_round_is_priced_after_the_item_lane():
    page = a_page(promotions=(flash(5_000), percentage()))

    assert amounts(price(page, ("mug", 3)).breakdown) == {
        "base": 30_000,
        "promotion:flash": -15_000,
        "promotion:bundle": -3_000,
    }


def test_lines_of_one_sku_make_rounds_together():
    page = a_page(promotions=(percentage(),))

    made = price(page, ("mug", 1), ("mug", 2))

    assert made.breakdown.components[-1].shares == ((1, -2_000), (2, -4_000))


def test_units_that_earned_a_bundle_do_not_earn_another():
    page = a_page(promotions=(percentage(3, 1_000, promotion_id="a"), percentage(3, 2_000, promotion_id="b")))

    assert [each.id for each in price(page, ("mug", 6)).promotions] == ["b"]


def test_bundles_on_different_skus_both_count():
    page = a_page(
        an_item("mug", 10_000),
        an_item("pen", 1_000),
        promotions=(percentage(promotion_id="a", skus=frozenset({"mug"})), percentage(promotion_id="b")),
    )

    made = price(page, ("mug", 3), ("pen", 3))

    assert {each.id: each.skus for each in made.promotions} == {"a": ("mug",), "b": ("pen",)}
    assert made.total == cny(33_000 - 6_000 - 600)


def test_by_priority_the_smaller_bundle_may_win():
    fees = FeeRules(selectors={Lane.BUNDLE: Selector.PRIORITY})
    page = a_page(
        promotions=(
            percentage(3, 1_000, promotion_id="a", priority=1),
            percentage(3, 2_000, promotion_id="b"),
        ),
        fees=fees,
    )

    assert [each.id for each in price(page, ("mug", 3)).promotions] == ["a"]


@pytest.mark.parametrize(("quantity", "expected"), [(2, 0), (3, 10_000), (5, 10_000), (6, 20_000)])
def test_buy_two_get_one_of_the_same(quantity, expected):
    assert off(gift(), quantity) == expected


CUPS = (an_item("mug", 10_000), an_item("cup", 3_000))


@pytest.mark.parametrize(
    ("mugs", "cups", "expected"),
    [(2, 1, 3_000), (2, 2, 3_000), (4, 2, 6_000), (4, 1, 3_000), (1, 5, 0)],
    ids=["one gift", "one gift of two cups", "two gifts", "one cup for two gifts", "not enough bought"],
)
def test_a_gift_of_another_sku_stands_in_the_basket(mugs, cups, expected):
    page = a_page(*CUPS, promotions=(gift(sku="cup", skus=frozenset({"mug"})),))

    made = price(page, ("mug", mugs), ("cup", cups))

    assert mugs * 10_000 + cups * 3_000 - made.total.amount == expected


def test_the_gifts_lines_carry_the_reduction_and_both_skus_are_used_up():
    page = a_page(*CUPS, promotions=(gift(sku="cup", skus=frozenset({"mug"})),))

    made = price(page, ("cup", 1), ("mug", 2))

    assert made.breakdown.components[-1].shares == ((1, -3_000),)
    assert made.promotions[0].skus == ("cup", "mug")


def test_a_gift_is_given_whole_or_not_at_all():
    page = a_page(*CUPS, promotions=(gift(2, 3, "cup", skus=frozenset({"mug"})),))

    assert total(page, ("mug", 2), ("cup", 2)) == 26_000
    assert total(page, ("mug", 2), ("cup", 3)) == 20_000


def test_the_missing_gift_is_named():
    page = a_page(*CUPS, promotions=(gift(2, 1, "cup", skus=frozenset({"mug"})),))

    assert remarks(price(page, ("mug", 2)), "add_more") == [Remark("add_more", "gift", sku="cup", units=1)]
    assert remarks(price(page, ("mug", 4), ("cup", 1)), "add_more") == [
        Remark("add_more", "gift", sku="cup", units=1, saves=cny(3_000))
    ]
    assert remarks(price(page, ("mug", 4), ("cup", 2)), "add_more") == []


def test_units_of_a_gift_do_not_earn_a_bundle_as_well():
    page = a_page(*CUPS, promotions=(gift(sku="cup", skus=frozenset({"mug"})), percentage(1, 5_000)))

    # The bundle takes half off both; the gift would only have saved 30.00.
    assert [each.id for each in price(page, ("mug", 2), ("cup", 1)).promotions] == ["bundle"]


def test_a_minimum_quantity_is_asked_of_what_is_bought_not_of_the_gift():
    page = a_page(*CUPS, promotions=(gift(sku="cup", min_quantity=2),))

    assert total(page, ("mug", 2), ("cup", 1)) == 20_000


def test_the_gift_of_another_merchants_promotion_is_not_given():
    items = (an_item("mug", 10_000), an_item("cup", 3_000, merchant="shop-8"))
    page = a_page(*items, promotions=(gift(sku="cup", merchant_id="shop-7"),))

    assert total(page, ("mug", 2), ("cup", 1)) == 23_000


def test_what_a_first_round_needs_is_named():
    assert remarks(price(a_page(promotions=(percentage(),)), ("mug", 2)), "add_more") == [
        Remark("add_more", "bundle", sku="mug", units=1, saves=cny(6_000))
    ]


def test_nothing_is_named_once_a_round_is_reached():
    assert price(a_page(promotions=(percentage(),)), ("mug", 4)).remarks == ()


def test_what_one_more_of_the_same_would_give_is_named():
    assert remarks(price(a_page(promotions=(gift(),)), ("mug", 2)), "add_more") == [
        Remark("add_more", "gift", sku="mug", units=1, saves=cny(10_000))
    ]


def test_the_nearest_of_several_skus_is_named_and_only_that():
    page = a_page(*CUPS, promotions=(percentage(5),))

    assert remarks(price(page, ("mug", 2), ("cup", 4)), "add_more") == [
        Remark("add_more", "bundle", sku="cup", units=1, saves=cny(3_000))
    ]


def test_competing_gifts_are_chosen_for_the_lowest_total():
    # One cup, two ways to earn it; the mug's own bundle saves more than the cup.
    items = (an_item("mug", 1_000), an_item("pen", 1_000), an_item("cup", 900))
    page = a_page(
        *items,
        promotions=(
            gift(1, 1, "cup", promotion_id="a-gift", skus=frozenset({"mug"}), rounds=1),
            amount(1, 800, skus=frozenset({"mug"})),
            a_promotion(
                "bundle_amount",
                {"min_quantity": 1, "amount": 700},
                "on-cups",
                skus=frozenset({"cup"}),
            ),
        ),
    )

    # Greedy: the gift (900) before 800 + 700. Better: both bundles.
    made = price(page, ("mug", 1), ("cup", 1))
    assert [each.id for each in made.promotions] == ["bundle", "on-cups"]
    assert made.total == cny(1_900 - 1_500)
