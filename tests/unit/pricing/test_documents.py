"""Documents: promotions, vouchers and fee rules as JSON and back, exactly; everything else is refused."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.errors import InvalidValueError
from domain.pricing.book import (
    DeliveryFee,
    FeeRules,
    PaymentDiscount,
    PlatformFee,
    ServiceFee,
    VoucherKind,
)
from domain.pricing.breakdown import Funder
from domain.pricing.conditions import REGION, InSegment
from domain.pricing.documents import (
    fee_rules_document,
    fee_rules_from,
    promotion_document,
    promotion_from,
    voucher_document,
    voucher_from,
)
from domain.pricing.promotion import Lane, Selector, UnknownPromotionKindError
from tests.support.builders import cny
from tests.support.price_pages import NOW, a_promotion, a_voucher, flash, points_rule

FULL_PROMOTION = a_promotion(
    "shop_tiered",
    {"tiers": [{"minimum": 1, "amount": 1}]},
    "pro_1",
    merchant_id="shop-7",
    skus=frozenset({"b", "a"}),
    segments=frozenset({"vip", "gold"}),
    condition=REGION.equals("CN") & InSegment("x"),
    priority=7,
    exclusive=True,
    min_quantity=2,
    has_quota=True,
    per_buyer_limit=3,
    version=4,
    funder=Funder.PLATFORM,
    starts_at=NOW + timedelta(microseconds=1),
)
FULL_VOUCHER = a_voucher(
    500,
    kind=VoucherKind.PERCENTAGE,
    minimum=10,
    cap=99,
    merchant_id="shop-7",
    skus=frozenset({"a"}),
    buyer_id="b",
    condition=~REGION.one_of("CN", "US"),
    has_uses=True,
    per_buyer_limit=1,
)
FULL_FEES = FeeRules(
    {"shop-7": DeliveryFee(cny(5), 100), "shop-8": DeliveryFee(cny(0))},
    {"i": ServiceFee("i", "I", 5), "w": ServiceFee("w", "W", basis_points=7)},
    PlatformFee(1, 2),
    {"card": 200, "wallet": 0},
    {
        "card": PaymentDiscount("card", Funder.PLATFORM, 5, 0, 3, 9),
        "wallet": PaymentDiscount("wallet", amount=1),
    },
    points_rule(cap=100, funder=Funder.MERCHANT),
    9_000,
    {Lane.ITEM: Selector.PRIORITY, Lane.SHOP: Selector.LOWEST_PRICE},
)


def through_json(document) -> Any:
    return json.loads(json.dumps(document))


@pytest.mark.parametrize("promotion", [FULL_PROMOTION, flash(8_000)])
def test_a_promotion_survives_its_document(promotion):
    assert promotion_from(through_json(promotion_document(promotion))) == promotion


@pytest.mark.parametrize("voucher", [FULL_VOUCHER, a_voucher()])
def test_a_voucher_survives_its_document(voucher):
    assert voucher_from(through_json(voucher_document(voucher))) == voucher


@pytest.mark.parametrize("rules", [FULL_FEES, FeeRules()])
def test_fee_rules_survive_their_document(rules):
    assert fee_rules_from(through_json(fee_rules_document(rules)), "CNY") == rules


def test_equal_promotions_have_equal_documents():
    one = promotion_document(flash(8_000, "a", "b", skus=frozenset({"a", "b", "c"})))
    other = promotion_document(flash(8_000, "b", "a", skus=frozenset({"c", "b", "a"})))

    assert json.dumps(one) == json.dumps(other)


def test_absent_fields_have_their_defaults():
    document = {
        "id": "pro_1",
        "name": "Flash",
        "kind": "flash_sale",
        "terms": {"prices": {"mug": 1}},
        "currency": "CNY",
        "starts_at": "2026-11-11T12:00:00Z",
        "ends_at": "2026-11-11T14:00:00+01:00",
        "funder": "platform",
    }

    promotion = promotion_from(document)

    assert promotion.ends_at == datetime(2026, 11, 11, 13, tzinfo=UTC)
    assert (promotion.priority, promotion.version, promotion.min_quantity, promotion.exclusive) == (
        100,
        1,
        1,
        False,
    )
    assert promotion.skus is None
    assert promotion.segments == frozenset()


def test_times_are_kept_as_utc_to_the_microsecond():
    summer = timezone(timedelta(hours=8))
    promotion = flash(8_000, starts_at=datetime(2026, 11, 11, 8, 0, 0, 1, tzinfo=summer))

    assert promotion_document(promotion)["starts_at"] == "2026-11-11T00:00:00.000001Z"


PROMOTION = promotion_document(FULL_PROMOTION)
VOUCHER = voucher_document(FULL_VOUCHER)
FEES = fee_rules_document(FULL_FEES)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", None),
        ("id", "x" * 101),
        ("name", 5),
        ("terms", []),
        ("currency", "cny"),
        ("currency", "YUAN"),
        ("currency", "1Y€"),
        ("starts_at", "2026-11-11T12:00:00"),
        ("starts_at", "tomorrow"),
        ("starts_at", 1_762_862_400),
        ("ends_at", "2026-11-11T10:00:00Z"),
        ("funder", "nobody"),
        ("funder", "buyer"),
        ("funder", ["platform"]),
        ("skus", "mug"),
        ("skus", ["mug", "mug"]),
        ("skus", [""]),
        ("segments", [5]),
        ("condition", {"attribute": "shoe_size", "one_of": [42]}),
        ("priority", -1),
        ("priority", "1"),
        ("exclusive", "yes"),
        ("min_quantity", 0),
        ("has_quota", 1),
        ("per_buyer_limit", 0),
        ("per_buyer_limit", True),
        ("version", 0),
        ("colour", "red"),
    ],
)
def test_a_bad_field_of_a_promotion_is_refused_by_name(field, value):
    with pytest.raises(InvalidValueError) as refused:
        promotion_from({**PROMOTION, field: value})

    assert refused.value.facts["field"] == field


def test_a_promotion_of_an_unknown_kind_is_refused():
    with pytest.raises(UnknownPromotionKindError):
        promotion_from({**PROMOTION, "kind": "half_moon"})


@pytest.mark.parametrize("document", [None, [], "promotion", 5])
def test_what_is_no_object_is_refused(document):
    for read in (promotion_from, voucher_from, lambda given: fee_rules_from(given, "CNY")):
        with pytest.raises(InvalidValueError) as refused:
            read(document)
        assert refused.value.facts["field"] == "document"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", ""),
        ("code", "x" * 65),
        ("kind", "gift"),
        ("value", 0),
        ("value", 10_001),
        ("minimum", -1),
        ("cap", 0),
        ("ends_at", VOUCHER["starts_at"]),
        ("per_buyer_limit", 0),
        ("skus", {}),
        ("colour", "red"),
    ],
)
def test_a_bad_field_of_a_voucher_is_refused_by_name(field, value):
    with pytest.raises(InvalidValueError) as refused:
        voucher_from({**VOUCHER, field: value})

    assert refused.value.facts["field"] == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"delivery": {"shop-7": {"amount": -1}}}, "delivery.shop-7.amount"),
        ({"delivery": {"shop-7": {}}}, "delivery.shop-7.amount"),
        ({"delivery": {"": {"amount": 1}}}, "delivery"),
        ({"delivery": {"shop-7": {"amount": 1, "free": 5}}}, "delivery.shop-7.free"),
        ({"services": [{"code": "i"}]}, "services[0].label"),
        ({"services": [{"code": "i", "label": "I", "amount": -5}]}, "services[0].amount"),
        ({"services": [{"code": "i", "label": "I"}] * 2}, "services"),
        ({"services": {"i": {}}}, "services"),
        ({"platform": {"basis_points": 10_001}}, "platform.basis_points"),
        ({"platform": {"percent": 1}}, "platform.percent"),
        ({"handling": {"card": 10_001}}, "handling.card"),
        ({"handling": {"card": None}}, "handling.card"),
        ({"handling": {"": 1}}, "handling"),
        ({"payment_discounts": [{"amount": 5}]}, "payment_discounts[0].method"),
        ({"payment_discounts": [{"method": "card", "funder": "me"}]}, "payment_discounts[0].funder"),
        ({"payment_discounts": [{"method": "card"}] * 2}, "payment_discounts"),
        ({"points": {"points": 0, "worth": 1}}, "points.points"),
        ({"points": {"points": 1, "worth": 0}}, "points.worth"),
        ({"points": {"points": 1, "worth": 1, "cap": 10_001}}, "points.cap"),
        ({"deduction_cap": 10_001}, "deduction_cap"),
        ({"selectors": {"item": "dearest"}}, "selectors.item"),
        ({"selectors": {"fifth": "priority"}}, "selectors.fifth"),
        ({"tax": 1}, "tax"),
    ],
)
def test_bad_fee_rules_are_refused_by_name(changes, field):
    with pytest.raises(InvalidValueError) as refused:
        fee_rules_from({**FEES, **changes}, "CNY")

    assert refused.value.facts["field"] == field


def test_fee_rules_need_nothing():
    assert fee_rules_from({}, "CNY") == FeeRules()


@pytest.mark.parametrize(
    "wrong", [{"value": 0}, {"minimum": -1}, {"cap": 0}, {"ends_at": NOW - timedelta(hours=1)}]
)
def test_impossible_vouchers_cannot_be_made(wrong):
    with pytest.raises(InvalidValueError):
        a_voucher(**{"value": 5, **wrong})
    with pytest.raises(InvalidValueError):
        a_voucher(10_001, kind=VoucherKind.PERCENTAGE)
