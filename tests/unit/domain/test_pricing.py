"""A price is one calculation: exact to the minor unit, the same for the same goods, explaining itself."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.items import BasePrice, Category
from domain.errors import AmountOutOfRangeError, CurrencyMismatchError, InvalidValueError
from domain.money import LARGEST_AMOUNT, Money, total
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from domain.pricing.calculate import (
    Calculation,
    ItemPrice,
    PriceBookPage,
    PriceNotFoundError,
    RequestedLine,
    calculate,
)
from tests.support.builders import cny


def an_item(
    sku: str,
    price: int,
    *,
    merchant: str = "shop-7",
    category: Category = Category.PHYSICAL,
    market: int = 0,
) -> ItemPrice:
    base = BasePrice(cny(market or price or 1), cny(price))
    return ItemPrice(sku, merchant, sku.title(), category, base)


def a_page(*items: ItemPrice, fees: dict[str, Money] | None = None) -> PriceBookPage:
    return PriceBookPage("CNY", {item.sku: item for item in items}, fees or {})


def lines(*wanted: tuple[str, int]) -> list[RequestedLine]:
    return [RequestedLine(sku, quantity) for sku, quantity in wanted]


BOOK = a_page(
    an_item("mug", 1_000),
    an_item("pen", 333),
    an_item("gift", 0),
    an_item("box", 70_001, merchant="shop-8"),
    an_item("song", 99, merchant="shop-8", category=Category.VIRTUAL),
    fees={"shop-7": cny(1_001), "shop-8": cny(7), "shop-9": cny(5)},
)
requests = st.lists(
    st.builds(RequestedLine, st.sampled_from(sorted(BOOK.items)), st.integers(1, 9_999)),
    min_size=1,
    max_size=30,
)


def by_sku(made: Calculation) -> Counter[str]:
    worth: Counter[str] = Counter()
    for line in made.lines:
        worth[line.sku] += line.amount.amount
    return worth


@given(requests)
def test_everything_that_is_allocated_sums_exactly_to_the_total(requested):
    made = calculate(BOOK, requested)

    assert total(made.breakdown.line_totals(), "CNY") == made.breakdown.total
    for part in made.breakdown.components:
        assert total(part.per_line, "CNY") == part.amount


@given(requests, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_price(requested, random):
    shuffled = random.sample(requested, len(requested))

    one, other = calculate(BOOK, requested), calculate(BOOK, shuffled)

    assert other.breakdown.total == one.breakdown.total
    assert [(p.id, p.amount) for p in other.breakdown.components] == [
        (p.id, p.amount) for p in one.breakdown.components
    ]
    assert by_sku(other) == by_sku(one)
    assert other.rule_version == one.rule_version


@given(requests)
def test_the_same_inputs_give_the_same_calculation(requested):
    assert calculate(BOOK, requested) == calculate(BOOK, requested)


@given(requests)
def test_a_merchant_charges_its_fee_once_and_only_for_what_is_carried(requested):
    made = calculate(BOOK, requested)

    carried = {made_line.merchant_id for made_line in made.lines if made_line.category is Category.PHYSICAL}
    fees = {part.id: part.amount for part in made.breakdown.components if part.layer is Layer.CHARGE}
    assert fees == {f"delivery:{merchant}": BOOK.delivery_fees[merchant] for merchant in carried}


def test_fees_are_listed_in_the_same_order_in_every_process():
    shops = [f"shop-{number}" for number in range(9, 1, -1)]
    book = a_page(*(an_item(shop, 5, merchant=shop) for shop in shops), fees=dict.fromkeys(shops, cny(1)))

    made = calculate(book, lines(*((shop, 1) for shop in shops)))

    fees = [part.id for part in made.breakdown.components[1:]]
    assert fees == [f"delivery:{shop}" for shop in sorted(shops)]


def test_goods_and_delivery_add_up():
    made = calculate(BOOK, lines(("mug", 2), ("pen", 1)))

    assert made.breakdown.sum_of(Layer.BASE) == cny(2_333)
    assert made.breakdown.sum_of(Layer.CHARGE) == cny(1_001)
    assert made.breakdown.total == cny(3_334)
    assert made.breakdown.line_totals() == (cny(2_000 + 858), cny(333 + 143))


def test_the_daily_price_is_charged_not_the_listed_one():
    book = a_page(an_item("mug", 49_000, market=50_000))

    assert calculate(book, lines(("mug", 2))).breakdown.total == cny(98_000)


def test_each_line_keeps_its_place_its_merchant_and_its_title():
    made = calculate(BOOK, lines(("box", 1), ("mug", 3)))

    assert [(x.line, x.sku, x.merchant_id, x.title, x.quantity, x.unit_price) for x in made.lines] == [
        (1, "box", "shop-8", "Box", 1, cny(70_001)),
        (2, "mug", "shop-7", "Mug", 3, cny(1_000)),
    ]


def test_the_same_sku_may_stand_on_several_lines():
    made = calculate(BOOK, lines(("pen", 1), ("pen", 2)))

    assert [line.amount for line in made.lines] == [cny(333), cny(666)]


def test_free_goods_carry_their_delivery_fee():
    made = calculate(BOOK, lines(("gift", 1)))

    assert made.breakdown.line_totals() == (cny(1_001),)


def test_virtual_goods_carry_none():
    made = calculate(BOOK, lines(("song", 1), ("box", 1)))

    assert made.breakdown.line_totals() == (cny(99), cny(70_008))


def test_a_fee_of_nothing_is_no_component():
    book = a_page(an_item("mug", 5), fees={"shop-7": cny(0)})

    assert [part.id for part in calculate(book, lines(("mug", 1))).breakdown.components] == ["base"]


@pytest.mark.parametrize("count", [1, 1_000])
def test_one_to_a_thousand_lines_are_priced(count):
    made = calculate(BOOK, lines(*[("pen", 1)] * count))

    assert made.breakdown.sum_of(Layer.BASE) == cny(333 * count)


@pytest.mark.parametrize("count", [0, 1_001])
def test_no_line_and_a_thousand_and_one_are_refused(count):
    with pytest.raises(InvalidValueError):
        calculate(BOOK, lines(*[("pen", 1)] * count))


def test_every_missing_sku_is_named_at_once():
    with pytest.raises(PriceNotFoundError) as refused:
        calculate(BOOK, lines(("zebra", 1), ("mug", 1), ("ant", 1), ("ant", 2)))

    assert refused.value.facts == {"skus": ["ant", "zebra"], "currency": "CNY"}


def test_a_page_in_another_currency_is_never_summed():
    with pytest.raises(CurrencyMismatchError):
        calculate(replace(BOOK, currency="USD"), lines(("mug", 1)))


def test_a_sum_beyond_the_range_is_refused():
    with pytest.raises(AmountOutOfRangeError):
        calculate(a_page(an_item("yacht", LARGEST_AMOUNT)), lines(("yacht", 2)))


def test_the_rule_version_ignores_what_took_no_part():
    version = calculate(BOOK, lines(("mug", 1))).rule_version

    others = {sku: an_item(sku, 1) for sku in BOOK.items if sku != "mug"}
    other_book = replace(BOOK, items={**BOOK.items, **others}, delivery_fees={"shop-7": cny(1_001)})
    assert calculate(other_book, lines(("mug", 9))).rule_version == version


@pytest.mark.parametrize(
    "book",
    [
        a_page(an_item("mug", 1_001), fees={"shop-7": cny(1_001)}),
        a_page(an_item("mug", 1_000, market=1_001), fees={"shop-7": cny(1_001)}),
        a_page(an_item("mug", 1_000), fees={"shop-7": cny(1_000)}),
        a_page(an_item("mug", 1_000)),
        a_page(an_item("mug", 1_000, merchant="shop-8"), fees={"shop-8": cny(1_001)}),
    ],
)
def test_the_rule_version_changes_with_whatever_took_part(book):
    version = calculate(BOOK, lines(("mug", 1))).rule_version

    assert calculate(book, lines(("mug", 1))).rule_version != version


def test_a_fee_that_was_not_charged_is_no_part_of_the_rule_version():
    song = an_item("song", 99, category=Category.VIRTUAL)

    with_fee = calculate(a_page(song, fees={"shop-7": cny(5)}), lines(("song", 1)))
    without = calculate(a_page(song), lines(("song", 1)))

    assert with_fee == without


def test_an_id_cannot_imitate_another_price_book():
    two = a_page(an_item("a", 1), an_item("b", 2))
    one = a_page(an_item("a:1:1|b", 2))

    assert (
        calculate(two, lines(("a", 1), ("b", 1))).rule_version
        != calculate(one, lines(("a:1:1|b", 1))).rule_version
    )


def test_a_component_whose_parts_do_not_sum_up_cannot_be_made():
    with pytest.raises(InvalidValueError):
        Component("base", Layer.BASE, "goods", cny(10), Funder.BUYER, "price_book", (cny(4), cny(5)))


def test_a_breakdown_of_nothing_is_worth_nothing():
    empty = PriceBreakdown("CNY", ())

    assert (empty.total, empty.line_totals()) == (cny(0), ())
