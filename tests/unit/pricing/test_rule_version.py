"""The rule version is a content hash of what took part in a price, and of nothing else."""

from dataclasses import fields, replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from domain.catalogue.items import Category
from domain.money import Money
from domain.pricing.book import (
    DeliveryFee,
    FeeRules,
    PaymentDiscount,
    PlatformFee,
    PriceBookPage,
    ServiceFee,
    Voucher,
    VoucherKind,
)
from domain.pricing.breakdown import Funder
from domain.pricing.conditions import REGION
from domain.pricing.promotion import Lane, Promotion, Selector
from domain.pricing.request import Wishes
from domain.pricing.versions import promotion_terms, voucher_terms
from domain.stock.allowance import Allowance
from tests.support.builders import cny
from tests.support.price_pages import (
    BUYER,
    SHOP,
    a_page,
    a_voucher,
    an_item,
    delivery,
    flash,
    points_rule,
    price,
    threshold,
)

WISHES = Wishes(services=("insurance",), voucher_code="SAVE", points=100, payment_method="card")
FEES = FeeRules(
    {SHOP: DeliveryFee(cny(1_000))},
    {"insurance": ServiceFee("insurance", "Insurance", 500)},
    PlatformFee(10),
    {"card": 200},
    {"card": PaymentDiscount("card", amount=5)},
    points_rule(),
)
PAGE = a_page(
    an_item("mug", 9_000, market=10_000),
    promotions=(flash(8_000), threshold(7_000, 100)),
    fees=FEES,
    voucher=a_voucher(),
    left={Allowance.of_points(BUYER.id): 10_000},
)
DEARER = (flash(8_500), threshold(7_000, 100))


def version(page) -> str:
    return price(page, wishes=WISHES).rule_version


def with_fees(**changes) -> PriceBookPage:
    return replace(PAGE, fees=replace(FEES, **changes))


@pytest.mark.parametrize(
    "page",
    [
        replace(PAGE, items={"mug": an_item("mug", 9_000, market=10_001)}),
        replace(PAGE, items={"mug": an_item("mug", 9_001, market=10_000)}),
        replace(PAGE, items={"mug": an_item("mug", 9_000, market=10_000, listed=12_000)}),
        replace(PAGE, promotions=DEARER),
        replace(PAGE, promotions=PAGE.promotions[:1]),
        replace(PAGE, promotions=(replace(PAGE.promotions[0], version=2), PAGE.promotions[1])),
        replace(PAGE, voucher=a_voucher(1_001)),
        with_fees(delivery={SHOP: DeliveryFee(cny(1_000), 900_000)}),
        with_fees(services={"insurance": ServiceFee("insurance", "Insurance", 501)}),
        with_fees(platform=PlatformFee(11)),
        with_fees(handling={"card": 201}),
        with_fees(payment_discounts={"card": PaymentDiscount("card", amount=6)}),
        with_fees(points=points_rule(cap=4_999)),
        with_fees(deduction_cap=9_999),
        with_fees(selectors={Lane.ITEM: Selector.PRIORITY}),
    ],
)
def test_it_changes_with_whatever_took_part(page):
    assert version(page) != version(PAGE)


@pytest.mark.parametrize(
    "page",
    [
        replace(PAGE, items={**PAGE.items, "pen": an_item("pen", 1)}),
        replace(PAGE, promotions=(*PAGE.promotions, flash(8_900, promotion_id="dearer"))),
        replace(PAGE, left={Allowance.of_points(BUYER.id): 20_000}),
        with_fees(delivery={**FEES.delivery, "shop-8": DeliveryFee(cny(5))}),
        with_fees(services={**FEES.services, "wrapping": ServiceFee("wrapping", "Wrapping", 1)}),
        with_fees(handling={"card": 200, "wallet": 1}),
        with_fees(
            payment_discounts={**FEES.payment_discounts, "wallet": PaymentDiscount("wallet", amount=9)}
        ),
    ],
)
def test_it_ignores_what_took_no_part(page):
    assert version(page) == version(PAGE)


def test_a_fee_that_nobody_pays_is_no_part_of_it():
    song = an_item("song", 99, category=Category.VIRTUAL)

    with_fee = price(a_page(song, fees=delivery(5)), ("song", 1))

    assert with_fee == price(a_page(song), ("song", 1))


def test_an_id_cannot_imitate_another_price_book():
    two = a_page(an_item("a", 1), an_item("b", 2))
    one = a_page(an_item('a",1,1,null,""],["b', 2))

    assert price(two, ("a", 1), ("b", 1)).rule_version != price(one, (next(iter(one.items)), 1)).rule_version


def test_it_is_sixteen_hexadecimal_digits():
    assert len(version(PAGE)) == 16
    assert int(version(PAGE), 16) >= 0


def test_the_same_price_in_another_currency_has_another_version():
    dollars = replace(an_item("mug", 5, currency="USD"))

    usd = price(a_page(dollars, currency="USD"), currency="USD")
    assert usd.total == Money(5, "USD")
    assert usd.rule_version != price(a_page(an_item("mug", 5))).rule_version


OTHERWISE: dict[str, Any] = {
    "id": "other",
    "name": "Another",
    "kind": "daily_price",
    "rule": flash(7_999).rule,
    "currency": "USD",
    "starts_at": flash(8_000).starts_at - timedelta(microseconds=1),
    "ends_at": flash(8_000).ends_at + timedelta(microseconds=1),
    "funder": Funder.PLATFORM,
    "merchant_id": "another",
    "skus": frozenset({"mug", "pen"}),
    "segments": frozenset({"vip"}),
    "condition": REGION.equals("CN"),
    "priority": 101,
    "exclusive": True,
    "min_quantity": 2,
    "has_quota": True,
    "per_buyer_limit": 3,
    "version": 2,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Promotion)])
def test_no_field_of_a_promotion_is_left_out(name):
    assert promotion_terms(replace(flash(8_000), **{name: OTHERWISE[name]})) != promotion_terms(flash(8_000))


@pytest.mark.parametrize("name", [field.name for field in fields(Voucher)])
def test_no_field_of_a_voucher_is_left_out(name):
    changes: dict[str, Any] = {
        **OTHERWISE,
        "code": "OTHER",
        "kind": VoucherKind.PERCENTAGE,
        "value": 1_001,
        "minimum": 1,
    }
    changes |= {"cap": 1, "buyer_id": "buyer-9", "has_uses": not a_voucher().has_uses}
    changes |= {"funder": Funder.MERCHANT, "starts_at": a_voucher().starts_at - timedelta(microseconds=1)}
    changes |= {"ends_at": a_voucher().ends_at + timedelta(microseconds=1)}

    assert voucher_terms(replace(a_voucher(), **{name: changes[name]})) != voucher_terms(a_voucher())


def test_the_same_moment_by_another_clock_is_the_same_rule():
    ours = flash(8_000)
    shanghai = timezone(timedelta(hours=8))
    theirs = replace(
        ours, starts_at=ours.starts_at.astimezone(shanghai), ends_at=ours.ends_at.astimezone(shanghai)
    )

    assert repr(promotion_terms(theirs)) == repr(promotion_terms(ours))
