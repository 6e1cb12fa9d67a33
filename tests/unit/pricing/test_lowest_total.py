"""Under the lowest price the total is the lowest that any choice of promotions gives."""

from dataclasses import replace

import pytest

from domain.catalogue.items import Category
from domain.money import Money
from domain.pricing import search
from domain.pricing.book import FeeRules, PaymentDiscount, PlatformFee, PriceBookPage, VoucherKind
from domain.pricing.lanes import Lanes
from domain.pricing.promotion import Lane, Promotion, Selector
from domain.pricing.request import Scene, Wishes
from domain.pricing.search import MOST_LINES_TRIED, MOST_TRIALS
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
    points_rule,
    price,
    threshold,
    total,
)


def taken(made) -> list[str]:
    return [each.id for each in made.promotions]


@pytest.fixture
def trials(monkeypatch):
    """Counts how often the lanes were played."""
    played = []
    play = Lanes.play

    def counting(self, left_out=frozenset()):
        played.append(left_out)
        return play(self, left_out)

    monkeypatch.setattr(Lanes, "play", counting)
    return played


def platform(minimum, amount, promotion_id="platform", **more) -> Promotion:
    return a_promotion("platform_threshold", {"minimum": minimum, "amount": amount}, promotion_id, **more)


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


def many(count) -> tuple[PriceBookPage, list[tuple[str, int]]]:
    """So many SKUs with a flash price each, and a threshold that every combination of them may miss."""
    items = [an_item(f"sku-{number:03}", 1_000 + number) for number in range(count)]
    flashes = [
        flash(990 + number, item.sku, promotion_id=f"p{number:03}") for number, item in enumerate(items)
    ]
    whole = sum(item.price.discount_price.amount for item in items)
    return a_page(*items, promotions=(*flashes, platform(whole - 15, 500))), [(i.sku, 1) for i in items]


def test_every_choice_of_few_promotions_is_tried(trials):
    page, lines = many(9)

    made = price(page, *lines)

    assert len(trials) == 2**9
    # One of them may stay: −10, and the threshold −500.
    assert made.breakdown.sum_of_kind("platform_threshold") == cny(-500)
    assert len(made.promotions) == 2


def test_of_many_promotions_no_more_than_the_bound_is_tried(trials):
    page, lines = many(40)

    made = price(page, *lines)

    assert MOST_TRIALS <= len(trials) <= 2 * MOST_TRIALS
    assert made.breakdown.sum_of_kind("platform_threshold") == cny(-500)
    assert len(made.promotions) == 2


@pytest.mark.parametrize("bound", range(2, 12))
def test_beyond_any_bound_the_price_is_no_higher_than_with_everything(monkeypatch, trials, bound):
    monkeypatch.setattr(search, "MOST_TRIALS", bound)
    page, lines = many(9)
    other = a_page(
        *page.items.values(),
        promotions=(*page.promotions[:-1], platform(9_000, 2), threshold(8_000, 1)),
        voucher=a_voucher(95, minimum=9_005),
    )

    for book in (page, other):
        trials.clear()
        made = price(book, *lines, wishes=Wishes(voucher_code="SAVE"))
        assert made.total <= cny(9_036 - 90)
        assert len(trials) <= 2 * bound


def test_beyond_the_bound_what_gave_way_for_nothing_is_taken_back(monkeypatch):
    monkeypatch.setattr(search, "MOST_TRIALS", 9)
    prices = {"a": 990, "b": 980, "c": 970, "d": 960}
    page = a_page(
        *(an_item(sku, 1_000) for sku in prices),
        promotions=(
            *(flash(off, sku, promotion_id=sku) for sku, off in prices.items()),
            threshold(2_000, 500, skus=frozenset("bd")),
            platform(4_000, 1),
        ),
    )

    made = price(page, *((sku, 1) for sku in prices))

    # The least savings go first: a, b, c, d. Then the greatest that did not stand in the way comes back.
    assert taken(made) == ["c", "threshold"]


def test_large_baskets_are_tried_less_often(monkeypatch, trials):
    monkeypatch.setattr(search, "MOST_LINES_TRIED", 9 * 20)
    page, lines = many(9)

    price(page, *lines)

    assert 20 <= len(trials) <= 40


def test_what_cannot_give_way_is_not_left_out_however_many_there_are(monkeypatch):
    monkeypatch.setattr(search, "MOST_TRIALS", 3)
    page, lines = many(9)
    apart = an_item("other", 5_000, merchant="shop-8")
    promotions = (*page.promotions[:-1], flash(1, "other", promotion_id="z"), threshold(9_030, 500))
    book = a_page(*page.items.values(), apart, promotions=promotions)

    assert "z" in taken(price(book, *lines, ("other", 1)))


def test_two_hundred_lines_and_fifty_promotions_need_one_trial_when_nothing_is_missed(trials):
    items = [an_item(f"sku-{number:03}", 1_000, merchant=f"shop-{number % 5}") for number in range(200)]
    flashes = [
        flash(900, *[item.sku for item in items[number::40]], promotion_id=f"p{number:02}")
        for number in range(40)
    ]
    shops = [threshold(1, 10 + number, f"s{number}") for number in range(5)]
    whole = [platform(1, 10 + number, f"w{number}") for number in range(5)]
    page = a_page(*items, promotions=(*flashes, *shops, *whole))

    made = price(page, *[(item.sku, 1) for item in items])

    assert len(trials) == 1
    assert made.total == cny(180_000 - 5 * 14 - 14)


def test_two_hundred_lines_and_fifty_promotions_stay_within_the_bound_when_all_is_missed(trials):
    items = [an_item(f"sku-{number:03}", 1_000, merchant=f"shop-{number % 5}") for number in range(200)]
    flashes = [
        flash(999, *[item.sku for item in items[number::40]], promotion_id=f"p{number:02}")
        for number in range(40)
    ]
    missed = [platform(199_900 + number, 150, f"w{number}") for number in range(10)]
    page = a_page(*items, promotions=(*flashes, *missed))

    made = price(page, *[(item.sku, 1) for item in items])

    assert len(trials) <= 2 * MOST_LINES_TRIED // 200
    # Twenty flash prices give way: no small step leads there.
    assert made.total == cny(199_900 - 150)


EXCLUSIVE = flash(7_000, promotion_id="alone", exclusive=True)


def test_an_exclusive_promotion_stands_alone():
    made = price(a_page(promotions=(threshold(1, 500), EXCLUSIVE)))

    assert taken(made) == ["alone"]
    assert made.total == cny(7_000)


def test_all_others_together_win_when_they_are_cheaper_or_equal():
    assert taken(price(a_page(promotions=(threshold(1, 3_001), EXCLUSIVE)))) == ["threshold"]
    assert taken(price(a_page(promotions=(threshold(1, 3_000), EXCLUSIVE)))) == ["threshold"]


def test_of_several_exclusive_ones_the_cheapest_stands_alone():
    other = replace(flash(6_000, promotion_id="better", exclusive=True))

    assert taken(price(a_page(promotions=(EXCLUSIVE, other, threshold(1, 500))))) == ["better"]


def test_voucher_points_and_fees_stay_beside_an_exclusive_one():
    page = a_page(
        promotions=(EXCLUSIVE, threshold(1, 500)), voucher=a_voucher(), fees=FeeRules(platform=PlatformFee(7))
    )

    assert total(page, wishes=Wishes(voucher_code="SAVE")) == 6_007


def test_an_exclusive_one_that_does_not_apply_changes_nothing():
    page = a_page(
        an_item("song", 100, category=Category.VIRTUAL),
        promotions=(EXCLUSIVE, threshold(1, 5)),
    )

    assert taken(price(page, ("song", 1))) == ["threshold"]
