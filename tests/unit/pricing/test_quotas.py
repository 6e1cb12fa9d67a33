"""Who may have an offer, and how much of it is left: quotas, limits for a buyer, segments, conditions."""

from dataclasses import replace

import pytest

from domain.pricing.book import PriceBookPage
from domain.pricing.calculation import Remark
from domain.pricing.claims import counted
from domain.pricing.conditions import REGION, TOTAL_ORDERS
from domain.pricing.request import Wishes
from domain.stock.allowance import Allowance, Claim
from tests.support.price_pages import (
    BUYER,
    a_page,
    a_promotion,
    a_request,
    a_voucher,
    an_item,
    flash,
    price,
    remarks,
    threshold,
    total,
)

QUOTA = Allowance.of_promotion("flash", "mug")
LIMIT = Allowance.of_promotion_for("flash", "mug", BUYER.id)


def with_quota(left, **more) -> PriceBookPage:
    return a_page(promotions=(flash(8_000, has_quota=True, **more),), left=left)


@pytest.mark.parametrize(("left", "expected"), [(3, 24_000), (4, 24_000), (2, 30_000), (0, 30_000)])
def test_a_quota_must_cover_all_units_of_the_sku(left, expected):
    assert total(with_quota({QUOTA: left}), ("mug", 1), ("mug", 2)) == expected


def test_a_quota_that_nobody_counts_is_used_up():
    assert total(with_quota({})) == 10_000


def test_too_small_a_quota_is_named_with_what_is_left():
    made = price(with_quota({QUOTA: 2}), ("mug", 3))

    assert made.remarks == (Remark("promotion_short", "flash", "quota", "mug", 2),)
    assert made.claims == ()


def test_an_order_claims_the_units_of_its_quota():
    made = price(with_quota({QUOTA: 5}), ("mug", 1), ("mug", 2))

    assert made.claims == (Claim(QUOTA, 3),)


@pytest.mark.parametrize(
    ("left", "quantity", "expected"),
    [
        ({}, 2, 16_000),
        ({}, 3, 30_000),
        ({LIMIT: 1}, 1, 8_000),
        ({LIMIT: 1}, 2, 20_000),
        ({LIMIT: -1}, 1, 10_000),
    ],
    ids=["untouched", "more than the limit", "one left", "one left of two", "a limit that was lowered"],
)
def test_a_buyer_gets_no_more_than_the_limit(left, quantity, expected):
    page = a_page(promotions=(flash(8_000, per_buyer_limit=2),), left=left)

    assert total(page, ("mug", quantity)) == expected


def test_the_limit_is_claimed_for_that_buyer():
    made = price(a_page(promotions=(flash(8_000, per_buyer_limit=2),)), ("mug", 2))

    assert made.claims == (Claim(LIMIT, 2, 2),)


def test_of_quota_and_limit_the_scarcer_one_is_named():
    page = with_quota({QUOTA: 5, LIMIT: 1}, per_buyer_limit=3)

    assert price(page, ("mug", 2)).remarks == (Remark("promotion_short", "flash", "limit", "mug", 1),)
    assert [claim.allowance for claim in price(page, ("mug", 1)).claims] == [QUOTA, LIMIT]


def test_one_sku_that_is_short_does_not_spoil_the_others():
    page = a_page(
        an_item("mug", 10_000),
        an_item("pen", 1_000),
        promotions=(flash(500, "mug", "pen", has_quota=True),),
        left={QUOTA: 1, Allowance.of_promotion("flash", "pen"): 0},
    )

    made = price(page, ("mug", 1), ("pen", 1))

    assert made.total.amount == 1_500
    assert remarks(made, "promotion_short") == [Remark("promotion_short", "flash", "quota", "pen", 0)]


def test_what_a_promotion_would_not_have_given_anyway_is_not_named():
    page = a_page(an_item("mug", 10_000), an_item("pen", 1_000), promotions=(flash(500, has_quota=True),))

    assert price(page, ("pen", 1)).remarks == ()


def test_goods_that_are_short_do_not_count_for_a_threshold():
    page = a_page(
        an_item("mug", 10_000),
        an_item("pen", 1_000),
        promotions=(threshold(11_000, 500, has_quota=True),),
        left={Allowance.of_promotion("threshold", "mug"): 9},
    )

    made = price(page, ("mug", 1), ("pen", 1))

    assert made.promotions == ()
    assert [remark.sku for remark in remarks(made, "promotion_short")] == ["pen"]


def test_a_threshold_claims_every_sku_that_takes_part():
    left = {Allowance.of_promotion("threshold", sku): 9 for sku in ("mug", "pen")}
    page = a_page(
        an_item("mug", 10_000),
        an_item("pen", 1_000),
        promotions=(threshold(11_000, 500, has_quota=True),),
        left=left,
    )

    assert price(page, ("mug", 1), ("pen", 2)).claims == (
        Claim(Allowance.of_promotion("threshold", "mug"), 1),
        Claim(Allowance.of_promotion("threshold", "pen"), 2),
    )


def test_a_gift_beyond_the_scope_is_not_counted():
    gift = a_promotion(
        "buy_gift",
        {"min_quantity": 2, "gift_quantity": 1, "gift_sku": "cup"},
        skus=frozenset({"mug"}),
        has_quota=True,
    )
    page = a_page(
        an_item("mug", 10_000),
        an_item("cup", 3_000),
        promotions=(gift,),
        left={Allowance.of_promotion("buy_gift", "mug"): 2},
    )

    made = price(page, ("mug", 2), ("cup", 1))

    assert made.total.amount == 20_000
    assert made.claims == (Claim(Allowance.of_promotion("buy_gift", "mug"), 2),)


def test_more_units_are_not_suggested_than_are_left():
    bundle = a_promotion("bundle_amount", {"min_quantity": 3, "amount": 500}, "bundle", has_quota=True)

    def hints(left) -> list[Remark]:
        page = a_page(promotions=(bundle,), left={Allowance.of_promotion("bundle", "mug"): left})
        return remarks(price(page, ("mug", 2)), "add_more")

    assert hints(2) == []
    assert len(hints(3)) == 1


def test_what_did_not_win_is_not_claimed():
    page = a_page(promotions=(flash(8_000, has_quota=True), flash(7_000, promotion_id="b")), left={QUOTA: 9})

    assert price(page).claims == ()


@pytest.mark.parametrize(
    "promotion",
    [
        flash(8_000, per_buyer_limit=5),
        flash(8_000, segments=frozenset({"vip"})),
        flash(8_000, condition=TOTAL_ORDERS.at_most(9)),
        a_promotion("new_buyer_price", {"prices": {"mug": 8_000}}),
        a_promotion("vip_price", {"prices": {"mug": 8_000}}),
    ],
    ids=["limit", "segments", "condition on the buyer", "new buyers", "vip"],
)
def test_nobody_knows_who_an_unknown_buyer_is(promotion):
    assert total(a_page(promotions=(promotion,)), buyer=None) == 10_000


def test_segments_need_only_one_in_common():
    page = a_page(promotions=(flash(8_000, segments=frozenset({"vip", "gold"})),))

    assert total(page, buyer=replace(BUYER, segments=frozenset({"gold", "x"}))) == 8_000
    assert total(page, buyer=replace(BUYER, segments=frozenset({"x"}))) == 10_000


@pytest.mark.parametrize(("region", "expected"), [("CN", 8_000), ("US", 10_000), ("", 10_000)])
def test_a_condition_must_hold(region, expected):
    page = a_page(promotions=(flash(8_000, condition=REGION.equals("CN")),))

    assert total(page, wishes=Wishes(region=region), buyer=None) == expected


def test_everything_that_may_be_needed_is_counted_and_nothing_else():
    page = a_page(an_item("mug", 10_000), an_item("pen", 1_000))
    promotions = (
        flash(8_000, has_quota=True, per_buyer_limit=3, skus=frozenset({"mug"})),
        flash(8_000, promotion_id="free"),
        threshold(1, 1, "other", has_quota=True, merchant_id="shop-9"),
    )
    voucher = a_voucher(has_uses=True, per_buyer_limit=1)
    request = a_request(("mug", 1), ("pen", 1), wishes=Wishes(points=5))

    assert counted(request, page.items, promotions, voucher) == {
        QUOTA: None,
        LIMIT: 3,
        Allowance.of_voucher("SAVE"): None,
        Allowance.of_voucher_for("SAVE", BUYER.id): 1,
        Allowance.of_points(BUYER.id): None,
    }


def test_nothing_is_counted_for_one_buyer_when_nobody_is_known():
    page = a_page()
    request = a_request(wishes=Wishes(points=5), buyer=None)
    voucher = a_voucher(has_uses=True, per_buyer_limit=1)
    promotions = (flash(8_000, has_quota=True, per_buyer_limit=3),)

    assert counted(request, page.items, promotions, voucher) == {
        QUOTA: None,
        Allowance.of_voucher("SAVE"): None,
    }
    assert counted(a_request(), page.items, (), None) == {}
