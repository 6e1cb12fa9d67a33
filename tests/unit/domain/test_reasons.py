"""Why a price is another one than shown: the first cause that holds, and no other (B25, B29)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from domain.catalogue.buyers import NEW_BUYER, Buyer
from domain.pricing.breakdown import Component, Funder, Layer
from domain.pricing.calculation import AppliedPromotion, Calculation
from domain.pricing.conditions import IS_NEW_BUYER
from domain.pricing.consistency import Urgency
from domain.pricing.promotion import Goods, Lane, Offer, Promotion
from domain.pricing.reasons import Reason, Today, reason_for
from domain.pricing.request import Scene
from domain.pricing.words import REASON_TEXT, WARNING_TEXT
from domain.stock.allowance import Allowance, Claim
from tests.support.builders import cny
from tests.support.snapshots import QUOTED_AT, a_calculation, a_component, frozen

ONE_DAY = timedelta(days=1)
LONG_AGO = QUOTED_AT - timedelta(days=400)
QUOTA = Allowance.of_promotion("pro_1", "sku-0")
MINE = Allowance.of_promotion_for("pro_1", "sku-0", "buyer-1")
FLASH = a_component("flash_sale", Layer.PROMOTION, [-2_000])
APPLIED = AppliedPromotion(
    "pro_1", "Flash", "flash_sale", QUOTED_AT + ONE_DAY, cny(2_000), Funder.MERCHANT, ("sku-0",)
)


@dataclass(frozen=True)
class Nothing:
    """A rule that gives nothing; reasons never ask it."""

    lane: ClassVar[Lane] = Lane.ITEM

    def offers(self, goods: Sequence[Goods]) -> Sequence[Offer]:
        return ()

    def terms(self) -> Mapping[str, Any]:
        return {}


def in_the_book(kind: str = "flash_sale", ends_in: timedelta = ONE_DAY) -> Mapping[str, Promotion]:
    promotion = Promotion(
        "pro_1", "Flash", kind, Nothing(), "CNY", LONG_AGO, QUOTED_AT + ends_in, Funder.MERCHANT
    )
    return {promotion.id: promotion}


def promoted(*more: Component, claims: Sequence[Claim] = ()) -> Calculation:
    return a_calculation(FLASH, *more, promotions=[APPLIED], claims=claims)


def today(**facts: Any) -> Today:
    return Today(QUOTED_AT, **facts)


def why(
    then: Calculation, now: Calculation, ground: Today, scene: Scene = Scene.CHECKOUT, **who: Any
) -> Reason:
    return reason_for(frozen(then, scene=scene, **who), now, ground)


def test_a_promotion_that_left_the_book_has_ended():
    assert why(promoted(), a_calculation(), today()) is Reason.PROMOTION_ENDED


@pytest.mark.parametrize(
    ("ends_in", "reason"),
    [(timedelta(0), Reason.PROMOTION_ENDED), (timedelta(microseconds=1), Reason.RULES_CHANGED)],
)
def test_a_promotion_has_ended_from_its_end_on(ends_in, reason):
    ground = today(promotions=in_the_book(ends_in=ends_in))

    assert why(promoted(), a_calculation(), ground) is reason


@pytest.mark.parametrize(
    ("claim", "left", "reason"),
    [
        (Claim(QUOTA, 3), {QUOTA: 2}, Reason.PROMOTION_SOLD_OUT),
        (Claim(QUOTA, 3), {QUOTA: 3}, Reason.RULES_CHANGED),
        (Claim(MINE, 3, limit=5), {MINE: 2}, Reason.PROMOTION_SOLD_OUT),
        (Claim(MINE, 3, limit=5), {MINE: 3}, Reason.RULES_CHANGED),
        (Claim(MINE, 3, limit=5), {}, Reason.RULES_CHANGED),
        (Claim(QUOTA, 3), {Allowance.of_promotion("pro_2", "sku-0"): 0}, Reason.RULES_CHANGED),
    ],
)
def test_a_promotion_is_sold_out_when_less_is_left_than_was_needed(claim, left, reason):
    ground = today(promotions=in_the_book(), left=left)

    assert why(promoted(claims=[claim]), a_calculation(), ground) is reason


def test_a_promotion_that_came_under_a_quota_since_is_sold_out_by_what_was_ordered():
    ground = today(promotions=in_the_book(), left={QUOTA: 0})

    assert why(promoted(), a_calculation(), ground) is Reason.PROMOTION_SOLD_OUT


def test_a_promotion_that_reaches_fewer_items_than_before_may_be_sold_out_for_the_others():
    both = AppliedPromotion(
        "pro_1", "Flash", "flash_sale", QUOTED_AT + ONE_DAY, cny(2_000), Funder.MERCHANT, ("sku-0", "sku-1")
    )
    second = Allowance.of_promotion("pro_1", "sku-1")
    reduced = a_component("flash_sale", Layer.PROMOTION, [-1_000, -1_000])
    then = a_calculation(
        reduced, goods=[5_000, 5_000], promotions=[both], claims=[Claim(QUOTA, 1), Claim(second, 1)]
    )
    now = a_calculation(
        a_component("flash_sale", Layer.PROMOTION, [-1_000, 0]), goods=[5_000, 5_000], promotions=[APPLIED]
    )
    ground = today(promotions=in_the_book(), left={QUOTA: 0, second: 0})

    assert why(then, now, ground) is Reason.PROMOTION_SOLD_OUT


def test_an_offer_for_new_buyers_is_over_when_the_buyer_is_new_no_longer():
    newcomer, regular = Buyer("buyer-1", QUOTED_AT), Buyer("buyer-1", QUOTED_AT - NEW_BUYER - ONE_DAY)
    ground = today(buyer=regular, promotions=in_the_book("new_buyer_price"))

    assert why(promoted(), a_calculation(), ground, buyer=newcomer) is Reason.NEW_BUYER_OFFER_OVER


@pytest.mark.parametrize("kind", ["flash_sale", "a kind that nobody registered"])
def test_an_offer_that_is_not_for_new_buyers_is_not_over_because_of_that(kind):
    newcomer, regular = Buyer("buyer-1", QUOTED_AT), Buyer("buyer-1", QUOTED_AT, total_orders=1)
    ground = today(buyer=regular, promotions=in_the_book(kind))

    assert why(promoted(), a_calculation(), ground, buyer=newcomer) is Reason.IDENTITY_CHANGED


def test_an_offer_whose_own_condition_is_for_new_buyers_is_over_in_the_same_way():
    newcomer, regular = Buyer("buyer-1", QUOTED_AT), Buyer("buyer-1", QUOTED_AT, total_orders=1)
    (promotion,) = in_the_book().values()
    for_new = replace(promotion, condition=IS_NEW_BUYER.equals(value=True))
    ground = today(buyer=regular, promotions={"pro_1": for_new})

    assert why(promoted(), a_calculation(), ground, buyer=newcomer) is Reason.NEW_BUYER_OFFER_OVER


def test_another_daily_price_of_a_line_is_an_adjusted_price():
    then, now = a_calculation(goods=[5_000, 6_000]), a_calculation(goods=[5_000, 7_000])

    assert why(then, now, today()) is Reason.PRICE_ADJUSTED


def test_prices_that_changed_places_are_adjusted_too():
    then, now = a_calculation(goods=[5_000, 6_000]), a_calculation(goods=[6_000, 5_000])

    assert why(then, now, today()) is Reason.PRICE_ADJUSTED


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (Buyer("buyer-1", LONG_AGO, segments=frozenset({"vip"})), Buyer("buyer-1", LONG_AGO)),
        (Buyer("buyer-1", LONG_AGO), Buyer("buyer-1", LONG_AGO, segments=frozenset({"vip"}))),
        (Buyer("buyer-1", QUOTED_AT), Buyer("buyer-1", QUOTED_AT, total_orders=1)),
        (None, Buyer("buyer-1", QUOTED_AT)),
    ],
)
def test_another_segment_or_newness_is_another_identity(then, now):
    ground = today(buyer=now)

    assert why(a_calculation(FLASH), a_calculation(), ground, buyer=then) is Reason.IDENTITY_CHANGED


def test_a_buyer_who_stayed_the_same_changed_no_identity():
    buyer = Buyer("buyer-1", LONG_AGO, segments=frozenset({"vip", "staff"}))

    assert why(a_calculation(FLASH), a_calculation(), today(buyer=buyer), buyer=buyer) is Reason.RULES_CHANGED


@pytest.mark.parametrize("kind", ["voucher", "points", "payment_discount"])
def test_a_deduction_of_another_amount_is_named(kind):
    then = a_calculation(a_component(kind, Layer.DEDUCTION, [-2_000]))

    assert why(then, a_calculation(), today()) is Reason.DEDUCTION_CHANGED


@pytest.mark.parametrize("scene", [Scene.DISPLAY, Scene.CART])
def test_a_shown_price_that_only_lacked_fees_is_completed(scene):
    fee = a_component("delivery_fee", Layer.CHARGE, [1_000])

    assert why(promoted(), promoted(fee), today(), scene) is Reason.PRICE_COMPLETED


def test_a_page_that_lacked_fees_and_deductions_is_completed():
    more = [
        a_component("voucher", Layer.DEDUCTION, [-500]),
        a_component("delivery_fee", Layer.CHARGE, [1_000]),
    ]

    assert why(promoted(), promoted(*more), today(), Scene.DISPLAY) is Reason.PRICE_COMPLETED


def test_a_cart_whose_voucher_counts_no_longer_says_so():
    voucher = a_component("voucher", Layer.DEDUCTION, [-500])
    fee = a_component("delivery_fee", Layer.CHARGE, [1_000])

    assert why(promoted(voucher), promoted(fee), today(), Scene.CART) is Reason.DEDUCTION_CHANGED


@pytest.mark.parametrize("scene", [Scene.ORDER, Scene.CHECKOUT])
def test_another_fee_of_a_complete_price_is_a_matter_of_rules(scene):
    fee = a_component("delivery_fee", Layer.CHARGE, [1_000])

    assert why(promoted(), promoted(fee), today(), scene) is Reason.RULES_CHANGED


def test_a_promotion_that_gives_less_is_a_matter_of_rules():
    less = a_calculation(a_component("flash_sale", Layer.PROMOTION, [-500]), promotions=[APPLIED])

    assert why(promoted(), less, today(promotions=in_the_book())) is Reason.RULES_CHANGED


def test_the_first_cause_that_holds_is_told():
    """All at once; then each without those before it."""
    newcomer = Buyer("buyer-1", QUOTED_AT, segments=frozenset({"vip"}))
    regular = Buyer("buyer-1", LONG_AGO)
    then = promoted(a_component("voucher", Layer.DEDUCTION, [-500]), claims=[Claim(QUOTA, 1)])
    dearer = a_calculation(a_component("delivery_fee", Layer.CHARGE, [700]), goods=[11_000])
    same = a_calculation(a_component("delivery_fee", Layer.CHARGE, [700]))
    for_new = in_the_book("new_buyer_price")
    cases = [
        (dearer, today(buyer=regular, left={QUOTA: 0}), Reason.PROMOTION_ENDED),
        (dearer, today(buyer=regular, left={QUOTA: 0}, promotions=for_new), Reason.PROMOTION_SOLD_OUT),
        (dearer, today(buyer=regular, promotions=for_new), Reason.NEW_BUYER_OFFER_OVER),
        (dearer, today(buyer=regular, promotions=in_the_book()), Reason.PRICE_ADJUSTED),
        (same, today(buyer=regular, promotions=in_the_book()), Reason.IDENTITY_CHANGED),
        (same, today(buyer=newcomer, promotions=in_the_book()), Reason.DEDUCTION_CHANGED),
    ]

    found = [why(then, now, ground, buyer=newcomer) for now, ground, _ in cases]

    assert found == [reason for _, _, reason in cases]


def test_every_reason_and_urgency_has_words_in_both_languages():
    assert set(REASON_TEXT) == set(Reason)
    assert set(WARNING_TEXT) == set(Urgency)
    assert all(text.en and text.zh for text in (*REASON_TEXT.values(), *WARNING_TEXT.values()))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.PROMOTION_ENDED, "促销活动已结束"),
        (Reason.PROMOTION_SOLD_OUT, "促销库存已售罄"),
        (Reason.NEW_BUYER_OFFER_OVER, "新用户专享活动已结束"),
        (Reason.PRICE_ADJUSTED, "商品价格已调整"),
    ],
)
def test_the_words_of_the_business_are_used(reason, words):
    assert REASON_TEXT[reason].zh == words
