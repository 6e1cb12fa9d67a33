"""Under the lowest price the total is the lowest that any choice of promotions gives."""

import pytest

from domain.money import Money
from domain.pricing.book import FeeRules, PaymentDiscount, VoucherKind
from domain.pricing.promotion import Lane, Promotion, Selector
from domain.pricing.request import Scene, Wishes
from domain.stock.allowance import Allowance
from tests.support.builders import cny
from tests.support.price_pages import (
    BUYER,
    a_page,
    a_promotion,
    a_voucher,
    an_item,
    delivery,
    flash,
    platform,
    points_rule,
    price,
    taken,
    threshold,
    total,
)


def test_a_flash_price_gives_way_to_a_threshold_that_saves_more(trials):
    made = price(a_page(promotions=(flash(9_500), threshold(10_000, 2_000))))

    assert taken(made) == ["threshold"]
    assert made.total == cny(8_000)
    assert len(trials) == 2


def test_it_stays_when_it_saves_more(trials):
    assert taken(price(a_page(promotions=(flash(7_500), threshold(10_000, 2_000))))) == ["flash"]
    assert len(trials) == 2


def test_nothing_is_tried_when_there_is_nothing_to_hope_for(trials):
    price(a_page(promotions=(flash(9_500), threshold(9_000, 2_000))))
    price(a_page(promotions=(flash(9_500), threshold(10_001, 2_000))))

    assert len(trials) == 2


def test_a_shop_reduction_gives_way_to_the_platforms():
    assert taken(price(a_page(promotions=(threshold(1, 500), platform(10_000, 2_000))))) == ["platform"]


def test_a_bundle_gives_way():
    bundle = a_promotion("bundle_amount", {"min_quantity": 1, "amount": 500}, "bundle")

    assert taken(price(a_page(promotions=(bundle, threshold(10_000, 2_000))))) == ["threshold"]


def test_the_second_best_price_may_be_the_best():
    page = a_page(
        promotions=(flash(8_000, promotion_id="a"), flash(9_500, promotion_id="b"), threshold(9_500, 2_000))
    )

    made = price(page)

    assert taken(made) == ["b", "threshold"]
    assert made.total == cny(7_500)


def test_promotions_give_way_to_a_voucher():
    page = a_page(promotions=(flash(9_500),), voucher=a_voucher(3_000, minimum=10_000))

    made = price(page, wishes=Wishes(voucher_code="SAVE"))

    assert made.total == cny(7_000)
    assert made.remarks == ()


def test_promotions_give_way_to_free_delivery():
    assert total(a_page(promotions=(flash(9_900),), fees=delivery(1_000, free_from=10_000))) == 10_000


def test_promotions_give_way_to_a_payment_discount():
    fees = FeeRules(payment_discounts={"card": PaymentDiscount("card", amount=700, minimum=10_000)})

    made = price(a_page(promotions=(flash(9_900),), fees=fees), wishes=Wishes(payment_method="card"))

    assert made.total == cny(9_300)


def test_a_promotion_gives_way_when_a_clamped_voucher_and_points_make_up_for_it():
    # The voucher pays for the mug whatever it costs; half of everything is paid for by points.
    page = a_page(
        an_item("mug", 10_000),
        an_item("pen", 30_000),
        promotions=(flash(2_000),),
        voucher=a_voucher(20_000, skus=frozenset({"mug"})),
        fees=FeeRules(points=points_rule()),
        left={Allowance.of_points(BUYER.id): 10**9},
    )

    made = price(page, ("mug", 1), ("pen", 1), wishes=Wishes(voucher_code="SAVE", points=10**8))

    assert made.total == cny(10_000)
    assert taken(made) == []


def test_a_promotion_gives_way_when_points_come_in_coarse_steps():
    page = a_page(
        an_item("mug", 100),
        promotions=(flash(99),),
        fees=FeeRules(points=points_rule(points=1, worth=Money(50, "CNY"))),
        left={Allowance.of_points(BUYER.id): 10},
    )

    assert total(page, wishes=Wishes(points=10)) == 50


def test_one_of_two_bundles_gives_way_when_they_contest_a_gift():
    items = [an_item(sku, 1_000) for sku in ("a", "b", "c")]

    def pair(promotion_id, sku, gift) -> Promotion:
        terms = {"min_quantity": 1, "gift_quantity": 1, "gift_sku": gift}
        return a_promotion("buy_gift", terms, promotion_id, skus=frozenset({sku}))

    page = a_page(
        *items,
        an_item("d", 1_100),
        promotions=(pair("1-middle", "b", "d"), pair("2", "a", "b"), pair("3", "c", "d")),
    )

    # First come would be b → d; a → b and c → d together save more.
    made = price(page, *[(sku, 1) for sku in "abcd"])
    assert taken(made) == ["2", "3"]


def test_goods_of_another_merchant_are_not_touched(trials):
    page = a_page(
        an_item("mug", 10_000),
        an_item("box", 10_000, merchant="shop-8"),
        promotions=(
            flash(9_500, promotion_id="a"),
            flash(9_500, "box", promotion_id="b"),
            threshold(10_000, 2_000, merchant_id="shop-7"),
        ),
    )

    made = price(page, ("mug", 1), ("box", 1))

    assert taken(made) == ["b", "threshold"]
    assert set(trials) == {frozenset(), frozenset({0})}


def test_what_hangs_together_by_the_platforms_threshold_is_tried_together():
    page = a_page(
        an_item("mug", 10_000),
        an_item("box", 10_000, merchant="shop-8"),
        promotions=(
            flash(9_500, promotion_id="a"),
            flash(9_500, "box", promotion_id="b"),
            platform(20_000, 2_000),
        ),
    )

    assert taken(price(page, ("mug", 1), ("box", 1))) == ["platform"]


def test_one_thing_that_gives_way_may_need_another():
    page = a_page(
        an_item("mug", 10_000),
        an_item("box", 10_000, merchant="shop-8"),
        promotions=(
            flash(9_900, promotion_id="a"),
            flash(9_000, "box", promotion_id="b"),
            threshold(10_000, 3_000, merchant_id="shop-7"),
            platform(17_000, 5_000),
        ),
    )

    # The shop's threshold costs the platform's, unless the other merchant's flash price gives way as well.
    made = price(page, ("mug", 1), ("box", 1))
    assert taken(made) == ["threshold", "platform"]
    assert made.total == cny(12_000)


def test_fewer_left_out_are_better_then_the_first_by_id():
    page = a_page(
        an_item("mug", 10_000),
        an_item("pen", 10_000),
        promotions=(
            flash(9_000, promotion_id="a"),
            flash(9_000, "pen", promotion_id="b"),
            platform(19_000, 1_500),
        ),
    )

    # Either of the two flash prices reaches the threshold.
    assert taken(price(page, ("mug", 1), ("pen", 1))) == ["b", "platform"]


def test_equal_totals_keep_everything():
    assert taken(price(a_page(promotions=(flash(8_000), threshold(10_000, 2_000))))) == ["flash"]


def test_what_was_left_out_gives_no_hint():
    assert price(a_page(promotions=(flash(9_500), threshold(10_000, 2_000)))).remarks == ()


@pytest.mark.parametrize("lane", [Lane.ITEM])
def test_a_lane_by_priority_is_not_searched(lane, trials):
    fees = FeeRules(selectors={lane: Selector.PRIORITY})
    page = a_page(promotions=(flash(9_500), threshold(10_000, 2_000)), fees=fees)

    assert taken(price(page)) == ["flash"]
    assert len(trials) == 1


def test_cart_prices_are_searched_without_charges():
    page = a_page(promotions=(flash(9_900),), fees=delivery(1_000, free_from=10_000))

    assert total(page, scene=Scene.CART) == 9_900


def test_a_reduction_that_is_divided_over_more_than_the_voucher_sees_is_tried(trials):
    page = a_page(
        an_item("mug", 10_000),
        an_item("pen", 10_000),
        promotions=(threshold(1, 1_000),),
        voucher=a_voucher(1_000, kind=VoucherKind.PERCENTAGE, skus=frozenset({"mug"})),
    )

    price(page, ("mug", 1), ("pen", 1), wishes=Wishes(voucher_code="SAVE"))

    assert len(trials) == 2
