"""A price is one calculation: exact to the minor unit, the same for the same goods, and never a guess."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.items import BasePrice, Category
from domain.errors import AmountOutOfRangeError, CurrencyMismatchError, InvalidValueError
from domain.money import LARGEST_AMOUNT, Money, total
from domain.pricing.book import DeliveryFee, FeeRules, PriceNotFoundError
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from domain.pricing.calculate import calculate
from domain.pricing.calculation import Calculation
from domain.pricing.request import PriceRequest, RequestedLine, Scene, Wishes
from tests.support.builders import cny
from tests.support.price_pages import NOW, a_page, a_request, amounts, an_item, price
from tests.support.price_pages import total as total_of

FEES = {"shop-7": 1_001, "shop-8": 7, "shop-9": 5}
BOOK = a_page(
    an_item("mug", 1_000),
    an_item("pen", 333, market=400),
    an_item("gift", 0),
    an_item("box", 70_001, merchant="shop-8"),
    an_item("song", 99, merchant="shop-8", category=Category.VIRTUAL),
    fees=FeeRules({merchant: DeliveryFee(cny(fee)) for merchant, fee in FEES.items()}),
)
some_lines = st.lists(
    st.builds(RequestedLine, st.sampled_from(sorted(BOOK.items)), st.integers(1, 9_999)),
    min_size=1,
    max_size=30,
)


def priced(lines: list[RequestedLine]) -> Calculation:
    return calculate(BOOK, PriceRequest(tuple(lines), "CNY", Scene.CHECKOUT), NOW)


def by_sku(made: Calculation) -> Counter[str]:
    worth: Counter[str] = Counter()
    for line in made.lines:
        worth[line.sku] += line.amount.amount
    return worth


@given(some_lines)
def test_everything_that_is_allocated_sums_exactly_to_the_total(lines):
    made = priced(lines)

    assert total(made.breakdown.line_totals(), "CNY") == made.breakdown.total
    for part in made.breakdown.components:
        assert sum(share for _, share in part.shares) == part.amount.amount


@given(some_lines, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_price(lines, random):
    shuffled = random.sample(lines, len(lines))

    one, other = priced(lines), priced(shuffled)

    assert amounts(other.breakdown) == amounts(one.breakdown)
    assert [part.id for part in other.breakdown.components] == [part.id for part in one.breakdown.components]
    assert by_sku(other) == by_sku(one)
    assert other.rule_version == one.rule_version


@given(some_lines)
def test_a_merchant_charges_its_fee_once_and_only_for_what_is_carried(lines):
    made = priced(lines)

    carried = {line.merchant_id for line in made.lines if line.category is Category.PHYSICAL}
    fees = {part.id: part.amount for part in made.breakdown.components if part.layer is Layer.CHARGE}
    assert fees == {f"delivery:{merchant}": cny(FEES[merchant]) for merchant in carried}


def test_components_are_listed_in_the_same_order_in_every_process():
    shops = [f"shop-{number}" for number in range(9, 1, -1)]
    fees = FeeRules({shop: DeliveryFee(cny(1)) for shop in shops})
    book = a_page(*(an_item(shop, 5, merchant=shop) for shop in shops), fees=fees)

    made = price(book, *((shop, 1) for shop in shops))

    assert [part.id for part in made.breakdown.components[1:]] == [
        f"delivery:{shop}" for shop in sorted(shops)
    ]


def test_goods_and_delivery_add_up():
    made = price(BOOK, ("mug", 2), ("pen", 1))

    assert made.breakdown.sum_of(Layer.BASE) == cny(2_333)
    assert made.breakdown.sum_of(Layer.CHARGE) == cny(1_001)
    assert made.breakdown.total == cny(3_334)
    assert made.breakdown.line_totals() == (cny(2_000 + 858), cny(333 + 143))
    assert made.breakdown.line_goods() == (cny(2_000), cny(333))


def test_the_daily_price_is_a_reduction_that_the_merchant_bears():
    made = price(a_page(an_item("mug", 49_000, market=50_000)), ("mug", 2))

    assert amounts(made.breakdown) == {"base": 100_000, "daily_price": -2_000}
    base, daily = made.breakdown.components
    assert (base.kind, base.label, base.funder) == ("market_price", "goods", Funder.BUYER)
    assert (daily.kind, daily.layer, daily.funder) == ("daily_price", Layer.BASE, Funder.MERCHANT)


def test_what_is_shown_struck_through_is_the_listed_price_or_else_the_market_price():
    page = a_page(an_item("mug", 900, market=1_000, listed=1_500), an_item("pen", 900, market=1_000))

    assert price(page, ("pen", 1), ("mug", 2)).listed_prices == (cny(1_000), cny(1_500))


def test_each_line_keeps_its_place_its_merchant_and_its_title():
    made = price(BOOK, ("mug", 3), ("box", 1), ("mug", 1))

    assert [(x.line, x.sku, x.merchant_id, x.title, x.quantity, x.unit_price) for x in made.lines] == [
        (1, "mug", "shop-7", "Mug", 3, cny(1_000)),
        (2, "box", "shop-8", "Box", 1, cny(70_001)),
        (3, "mug", "shop-7", "Mug", 1, cny(1_000)),
    ]


def test_the_same_sku_may_stand_on_several_lines():
    assert [line.amount for line in price(BOOK, ("pen", 1), ("pen", 2)).lines] == [cny(333), cny(666)]


@pytest.mark.parametrize("count", [1, 1_000])
def test_one_to_a_thousand_lines_are_priced(count):
    made = price(BOOK, *[("pen", 1)] * count)

    assert made.breakdown.sum_of(Layer.BASE) == cny(333 * count)


@pytest.mark.parametrize("count", [0, 1_001])
def test_no_line_and_a_thousand_and_one_are_refused(count):
    with pytest.raises(InvalidValueError):
        PriceRequest((RequestedLine("pen", 1),) * count, "CNY", Scene.CART)


@pytest.mark.parametrize("quantity", [0, -1, 10_000])
def test_quantities_outside_1_to_9999_are_refused(quantity):
    with pytest.raises(InvalidValueError):
        RequestedLine("pen", quantity)


@pytest.mark.parametrize("quantity", [1, 9_999])
def test_the_smallest_and_the_largest_quantity_are_priced(quantity):
    assert price(BOOK, ("pen", quantity)).breakdown.sum_of(Layer.BASE) == cny(333 * quantity)


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": -1},
        {"services": ("a", "a")},
        {"services": tuple(map(str, range(21)))},
        {"hold_ids": ("a", "a")},
        {"hold_ids": tuple(map(str, range(51)))},
    ],
)
def test_impossible_wishes_cannot_be_made(wrong):
    with pytest.raises(InvalidValueError):
        Wishes(**wrong)


@pytest.mark.parametrize(("market", "daily"), [(0, 0), (-1, 0), (100, -1), (100, 101)])
def test_impossible_base_prices_cannot_be_made(market, daily):
    with pytest.raises(InvalidValueError):
        BasePrice(cny(market), cny(daily))


@pytest.mark.parametrize(("market", "daily"), [(1, 0), (100, 100)])
def test_a_daily_price_may_be_nothing_and_may_be_the_market_price(market, daily):
    assert BasePrice(cny(market), cny(daily)).discount_price == cny(daily)


def test_every_missing_sku_is_named_at_once():
    with pytest.raises(PriceNotFoundError) as refused:
        price(BOOK, ("zebra", 1), ("mug", 1), ("ant", 1), ("ant", 2))

    assert refused.value.facts == {"skus": ["ant", "zebra"], "currency": "CNY"}


@pytest.mark.parametrize(
    ("page", "request_"),
    [
        (replace(BOOK, currency="USD"), a_request(currency="USD")),
        (BOOK, a_request(currency="USD")),
        (a_page(fees=FeeRules({"shop-7": DeliveryFee(Money(1, "USD"))})), a_request()),
    ],
    ids=["prices of another currency", "a request in another currency", "a fee in another currency"],
)
def test_two_currencies_are_never_summed(page, request_):
    with pytest.raises(CurrencyMismatchError):
        calculate(page, request_, NOW)


def test_a_sum_beyond_the_range_is_refused():
    with pytest.raises(AmountOutOfRangeError):
        price(a_page(an_item("yacht", LARGEST_AMOUNT)), ("yacht", 2))


def test_a_component_whose_parts_do_not_sum_up_cannot_be_made():
    with pytest.raises(InvalidValueError):
        Component("base", Layer.BASE, "a", "b", cny(10), Funder.BUYER, "c", ((1, 4), (2, 5)))


def test_a_breakdown_of_nothing_is_worth_nothing():
    empty = PriceBreakdown("CNY", 0, ())

    assert (empty.total, empty.line_totals(), empty.steps()) == (cny(0), (), ())


@pytest.mark.parametrize(
    ("currency", "price_of_one", "off", "expected"),
    [("JPY", 101, 10, 91), ("USD", 10_001, 999, 9_002), ("KWD", 1_000_001, 999_999, 2)],
    ids=["no decimals", "two decimals", "three decimals"],
)
def test_currencies_of_any_number_of_decimals_count_in_minor_units(currency, price_of_one, off, expected):
    from tests.support.price_pages import threshold

    page = a_page(
        an_item("mug", price_of_one, currency=currency),
        currency=currency,
        promotions=(threshold(1, off, currency=currency),),
    )

    assert total_of(page, currency=currency) == expected
