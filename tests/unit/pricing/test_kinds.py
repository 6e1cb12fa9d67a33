"""Kinds of promotion: what their terms must be, and that a new one is a class and a registration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from domain.errors import InvalidValueError
from domain.pricing.breakdown import Layer
from domain.pricing.conditions import REGION
from domain.pricing.documents import promotion_document, promotion_from
from domain.pricing.kinds import kind_of, kinds, register, rule_of
from domain.pricing.kinds.registry import Kind
from domain.pricing.promotion import Goods, Lane, Offer, Promotion, UnknownPromotionKindError
from domain.pricing.request import Wishes
from domain.pricing.snapshot import take_snapshot
from tests.support.builders import cny
from tests.support.price_pages import (
    NOW,
    a_page,
    a_promotion,
    a_request,
    amounts,
    an_item,
    flash,
    price,
    total,
)


@dataclass(frozen=True)
class LuckyDay:
    """`{"amount": minor units}` off each unit on a day of the week that the engine has never heard of."""

    lane: ClassVar[Lane] = Lane.BUNDLE
    amount: int

    @classmethod
    def from_terms(cls, terms: Mapping[str, Any]) -> "LuckyDay":
        return cls(int(terms["amount"]))

    def offers(self, goods: Sequence[Goods]) -> Sequence[Offer]:
        return [
            Offer(min(self.amount, each.unit_price) * each.quantity, (each.sku,), (each.sku,))
            for each in goods
        ]

    def terms(self) -> Mapping[str, Any]:
        return {"amount": self.amount}


register("lucky_day", LuckyDay, condition=REGION.equals("CN"))


def test_a_kind_that_the_engine_has_never_heard_of_works_everywhere():
    lucky = a_promotion("lucky_day", {"amount": 300}, "lucky")
    stored = promotion_from(promotion_document(lucky))
    page = a_page(promotions=(flash(9_000), stored))
    request = a_request(("mug", 2), wishes=Wishes(region="CN"))

    made = price(page, ("mug", 2), wishes=Wishes(region="CN"))
    snapshot = take_snapshot("snap_1", request, made, NOW)

    assert stored == lucky
    assert amounts(snapshot.breakdown) == {"base": 20_000, "promotion:flash": -2_000, "promotion:lucky": -600}
    assert [(part.kind, part.layer) for part in snapshot.breakdown.components[-1:]] == [
        ("lucky_day", Layer.PROMOTION)
    ]
    assert snapshot.promotions[-1].kind == "lucky_day"
    assert made.rule_version != price(a_page(promotions=(flash(9_000),)), ("mug", 2)).rule_version


def test_what_a_kind_asks_of_everybody_holds_for_its_promotions():
    page = a_page(promotions=(a_promotion("lucky_day", {"amount": 300}),))

    assert total(page, wishes=Wishes(region="US")) == 10_000


def test_registering_the_same_again_changes_nothing_and_another_is_refused():
    register("lucky_day", LuckyDay, condition=REGION.equals("CN"))

    with pytest.raises(InvalidValueError):
        register("lucky_day", LuckyDay)
    with pytest.raises(InvalidValueError):
        register("", LuckyDay)
    assert kind_of("lucky_day") == Kind(LuckyDay.from_terms, REGION.equals("CN"))


def test_any_function_of_the_terms_may_make_a_rule():
    register("made_by_a_function", lambda terms: LuckyDay(len(terms)))

    assert rule_of("made_by_a_function", {"a": 1, "b": 2}) == LuckyDay(2)


def test_an_unknown_kind_is_refused():
    with pytest.raises(UnknownPromotionKindError) as refused:
        rule_of("half_moon", {})

    assert refused.value.facts == {"kind": "half_moon"}


def test_every_kind_of_the_business_is_known():
    assert {
        *("daily_price", "flash_sale", "new_buyer_price", "vip_price"),
        *("bundle_percentage", "bundle_amount", "bundle_total", "buy_gift"),
        *("shop_threshold", "shop_tiered", "platform_threshold", "platform_tiered"),
    } <= set(kinds())


GOOD = [
    ("flash_sale", {"prices": {"mug": 0, "pen": 2**63 - 1}}),
    ("daily_price", {"prices": {"mug": 1}}),
    ("bundle_percentage", {"min_quantity": 9_999, "basis_points": 10_000, "max_rounds": None}),
    ("bundle_amount", {"min_quantity": 1, "amount": 1, "max_rounds": 1}),
    ("bundle_total", {"min_quantity": 1, "total": 0, "max_rounds": 9_999}),
    ("buy_gift", {"min_quantity": 1, "gift_quantity": 1, "gift_sku": None, "max_rounds": None}),
    ("buy_gift", {"min_quantity": 2, "gift_quantity": 3, "gift_sku": "cup", "max_rounds": 4}),
    ("shop_threshold", {"minimum": 1, "amount": 1}),
    ("platform_threshold", {"minimum": 5, "amount": 9}),
    ("shop_tiered", {"tiers": [{"minimum": 1, "amount": 1}, {"minimum": 2, "basis_points": 1}]}),
    ("platform_tiered", {"tiers": [{"minimum": 1, "basis_points": 10_000}]}),
]


@pytest.mark.parametrize(("kind", "terms"), GOOD)
def test_terms_make_a_rule_and_the_rule_gives_them_back(kind, terms):
    rule = rule_of(kind, terms)

    assert rule.terms() == terms
    assert rule_of(kind, rule.terms()) == rule


TIER = {"minimum": 1, "amount": 1}
BAD = [
    ("flash_sale", {}, "terms.prices"),
    ("flash_sale", {"prices": {}}, "terms.prices"),
    ("flash_sale", {"prices": []}, "terms.prices"),
    ("flash_sale", {"prices": {"mug": -1}}, "terms.prices.mug"),
    ("flash_sale", {"prices": {"mug": 1.5}}, "terms.prices.mug"),
    ("flash_sale", {"prices": {"mug": True}}, "terms.prices.mug"),
    ("flash_sale", {"prices": {"": 1}}, "terms.prices"),
    ("flash_sale", {"prices": {"x" * 101: 1}}, "terms.prices"),
    ("flash_sale", {"prices": {f"s{n}": 1 for n in range(1_001)}}, "terms.prices"),
    ("flash_sale", {"prices": {"mug": 1}, "price": 1}, "terms.price"),
    ("flash_sale", [], "terms"),
    ("bundle_percentage", {"min_quantity": 3}, "terms.basis_points"),
    ("bundle_percentage", {"min_quantity": 0, "basis_points": 1}, "terms.min_quantity"),
    ("bundle_percentage", {"min_quantity": 10_000, "basis_points": 1}, "terms.min_quantity"),
    ("bundle_percentage", {"min_quantity": 1, "basis_points": 0}, "terms.basis_points"),
    ("bundle_percentage", {"min_quantity": 1, "basis_points": 10_001}, "terms.basis_points"),
    ("bundle_percentage", {"min_quantity": 1, "basis_points": 1, "max_rounds": 0}, "terms.max_rounds"),
    ("bundle_amount", {"min_quantity": 1, "amount": 0}, "terms.amount"),
    ("bundle_total", {"min_quantity": 1, "total": -1}, "terms.total"),
    ("buy_gift", {"min_quantity": 1}, "terms.gift_quantity"),
    ("buy_gift", {"min_quantity": 1, "gift_quantity": 1, "gift_sku": 7}, "terms.gift_sku"),
    ("buy_gift", {"min_quantity": 1, "gift_quantity": 1, "gift_sku": ""}, "terms.gift_sku"),
    ("shop_threshold", {"minimum": 0, "amount": 1}, "terms.minimum"),
    ("shop_threshold", {"minimum": 1, "amount": 2**63}, "terms.amount"),
    ("shop_tiered", {"tiers": []}, "terms.tiers"),
    ("shop_tiered", {"tiers": {}}, "terms.tiers"),
    ("shop_tiered", {"tiers": [TIER, TIER]}, "terms.tiers"),
    ("shop_tiered", {"tiers": [{"minimum": 2, "amount": 1}, TIER]}, "terms.tiers"),
    ("shop_tiered", {"tiers": [{"minimum": n + 1, "amount": 1} for n in range(21)]}, "terms.tiers"),
    ("shop_tiered", {"tiers": [{"minimum": 1}]}, "terms.tiers[0]"),
    ("shop_tiered", {"tiers": [TIER, {"minimum": 2, "amount": 1, "basis_points": 1}]}, "terms.tiers[1]"),
    ("shop_tiered", {"tiers": [{**TIER, "percent": 3}]}, "terms.tiers[0].percent"),
    ("shop_tiered", {"tiers": ["all"]}, "terms.tiers[0]"),
]


@pytest.mark.parametrize(("kind", "terms", "field"), BAD)
def test_bad_terms_are_refused_by_name(kind, terms, field):
    with pytest.raises(InvalidValueError) as refused:
        rule_of(kind, terms)

    assert refused.value.facts["field"] == field


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": NOW - timedelta(hours=1)},
        {"min_quantity": 0},
        {"per_buyer_limit": 0},
        {"funder": "buyer"},
    ],
)
def test_impossible_promotions_cannot_be_made(wrong):
    with pytest.raises(InvalidValueError):
        flash(8_000, **wrong)


@dataclass(frozen=True)
class TooGenerous:
    """A rule that takes off more than the goods cost, in any lane: somebody's mistake."""

    lane: Lane
    reduction: int

    def offers(self, goods: Sequence[Goods]) -> Sequence[Offer]:
        skus = tuple(each.sku for each in goods)
        return [Offer(self.reduction, skus, skus)]

    def terms(self) -> Mapping[str, Any]:
        return {}


def generous(lane, reduction, promotion_id="generous") -> Promotion:
    return a_promotion("generous", {}, promotion_id, rule=TooGenerous(lane, reduction))


@pytest.mark.parametrize("lane", list(Lane))
def test_what_falls_below_zero_is_given_back_visibly(lane):
    page = a_page(an_item("mug", 10_000), an_item("pen", 0), promotions=(generous(lane, 12_000),))

    made = price(page, ("mug", 2) if lane is Lane.ITEM else ("mug", 1))

    kept = {part.id: part for part in made.breakdown.components}
    assert kept["promotion:generous"].amount == cny(-12_000) or lane is Lane.ITEM
    assert made.total >= cny(0)
    assert all(line >= cny(0) for line in made.breakdown.line_totals())
    assert ("clamp:promotion" in kept) is (lane is not Lane.ITEM)


def test_an_item_price_below_nothing_is_given_back_visibly():
    made = price(a_page(promotions=(generous(Lane.ITEM, 25_001),)), ("mug", 2))

    # 25,001 over two units is 12,500 each: a unit has one price.
    assert amounts(made.breakdown) == {
        "base": 20_000,
        "promotion:generous": -25_000,
        "clamp:promotion": 5_000,
    }
    assert made.lines[0].unit_price == cny(0)


def test_later_lanes_see_what_the_goods_really_cost():
    page = a_page(
        an_item("mug", 10_000),
        an_item("box", 10_000, merchant="shop-8"),
        promotions=(
            generous(Lane.SHOP, 15_000),
            a_promotion("platform_tiered", {"tiers": [{"minimum": 1, "basis_points": 1_000}]}, "tenth"),
        ),
    )
    only_mugs = replace(page.promotions[0], skus=frozenset({"mug"}))

    made = price(replace(page, promotions=(only_mugs, page.promotions[1])), ("mug", 1), ("box", 1))

    assert amounts(made.breakdown)["promotion:tenth"] == -1_000
    assert made.breakdown.line_totals() == (cny(0), cny(9_000))


def test_a_reduction_on_free_goods_is_given_back_visibly():
    page = a_page(an_item("pen", 0), promotions=(generous(Lane.PLATFORM, 100),))

    made = price(page, ("pen", 1), ("pen", 3))

    clamp = made.breakdown.components[-1]
    assert (clamp.id, clamp.kind, clamp.layer) == ("clamp:promotion", "clamp", Layer.PROMOTION)
    assert clamp.shares == ((1, 25), (2, 75))
    assert made.total == cny(0)


def test_a_rule_that_would_make_goods_dearer_gives_nothing():
    for lane in Lane:
        assert amounts(price(a_page(promotions=(generous(lane, -100),))).breakdown) == {"base": 10_000}
