"""Values refuse what cannot be: addresses, catalogue items, lines, holds, errors."""

from typing import Any

import pytest

from domain.address import Address
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.errors import CurrencyMismatchError, DomainError, InvalidValueError
from domain.money import Money
from domain.order.lines import OrderLine
from domain.ports.stock import HoldsTaken
from domain.pricing.request import RequestedLine
from domain.stock.hold import Shortage, StockLine, in_lock_order
from tests.support.builders import HOME, a_line, cny

PRICE = BasePrice(market_price=cny(100), discount_price=cny(80))


def an_item(**changed: Any) -> CatalogueItem:
    facts: dict[str, Any] = {
        "sku": "mug",
        "merchant_id": "shop-7",
        "title": "Mug",
        "category": Category.PHYSICAL,
        "prices": (PRICE,),
    }
    return CatalogueItem(**{**facts, **changed})


def test_addresses_are_equal_over_all_fields():
    same = Address("1 Mill Lane", "Leeds", "LS1 4AP", "GB")

    assert same == HOME
    assert Address("2 Mill Lane", "Leeds", "LS1 4AP", "GB") != HOME


@pytest.mark.parametrize("country", ["", "G", "GBR", "gb", "G1", "ÄÖ", "11"])
def test_a_country_is_two_capital_letters(country):
    with pytest.raises(InvalidValueError) as refused:
        Address("1 Mill Lane", "Leeds", "LS1 4AP", country)

    assert refused.value.facts["field"] == "country"


@pytest.mark.parametrize("field", ["street", "city", "zip_code"])
@pytest.mark.parametrize("value", ["", "   ", "x" * 201])
def test_an_address_has_no_empty_and_no_endless_field(field, value):
    facts = {"street": "1 Mill Lane", "city": "Leeds", "zip_code": "LS1 4AP", "country": "GB", field: value}

    with pytest.raises(InvalidValueError) as refused:
        Address(**facts)

    assert refused.value.facts["field"] == field


@pytest.mark.parametrize(("market", "discount"), [(0, 0), (-1, -1), (100, -1), (100, 101)])
def test_a_base_price_lies_between_nothing_and_the_market_price(market, discount):
    with pytest.raises(InvalidValueError):
        BasePrice(cny(market), cny(discount))


@pytest.mark.parametrize("discount", [0, 100])
def test_both_ends_of_a_base_price_are_allowed(discount):
    assert BasePrice(cny(100), cny(discount)).discount_price == cny(discount)


def test_a_base_price_has_one_currency():
    with pytest.raises(CurrencyMismatchError):
        BasePrice(cny(100), Money(80, "USD"))


@pytest.mark.parametrize("region", ["cn", "C", "CHN", "C1", " CN", "CN\n", "中国"])
def test_a_base_price_is_for_a_country_or_for_everywhere(region):
    assert {BasePrice(cny(100), cny(80), region=place).region for place in ("", "CN")} == {"", "CN"}

    with pytest.raises(InvalidValueError):
        BasePrice(cny(100), cny(80), region=region)


def test_a_listed_price_is_not_below_what_is_charged():
    assert BasePrice(cny(100), cny(80), listed_price=cny(80)).listed_price == cny(80)

    with pytest.raises(InvalidValueError):
        BasePrice(cny(100), cny(80), listed_price=cny(79))


@pytest.mark.parametrize(
    "changed",
    [
        {"sku": ""},
        {"sku": "x" * 101},
        {"title": ""},
        {"title": "x" * 301},
        {"prices": ()},
        {"prices": (PRICE, PRICE)},
        {"stock": -1},
    ],
)
def test_an_item_that_cannot_be_sold_is_refused(changed):
    with pytest.raises(InvalidValueError):
        an_item(**changed)


def test_an_item_may_be_sold_in_several_currencies_and_out_of_an_empty_shelf():
    dollars = BasePrice(Money(20, "USD"), Money(10, "USD"))

    assert an_item(prices=(PRICE, dollars), stock=0).stock == 0


@pytest.mark.parametrize("quantity", [0, -1, 10_000])
def test_a_line_has_one_to_9999_units(quantity):
    with pytest.raises(InvalidValueError):
        a_line(quantity=quantity)
    with pytest.raises(InvalidValueError):
        RequestedLine("mug", quantity)


@pytest.mark.parametrize("quantity", [1, 9_999])
def test_a_line_is_worth_its_units(quantity):
    assert a_line(quantity=quantity, price=cny(3)).amount == cny(3 * quantity)


def test_a_line_counts_from_one_and_costs_no_less_than_nothing():
    with pytest.raises(InvalidValueError):
        a_line(line=0)
    with pytest.raises(InvalidValueError):
        OrderLine(1, "mug", "shop-7", "Mug", Category.PHYSICAL, 1, cny(-1))


def test_stock_is_asked_for_in_whole_units():
    with pytest.raises(InvalidValueError):
        StockLine("mug", 0)


def test_everybody_locks_skus_in_the_same_order_each_once():
    lines = [StockLine("pen", 1), StockLine("mug", 2), StockLine("pen", 3), StockLine("Box", 1)]

    assert in_lock_order(lines) == (StockLine("Box", 1), StockLine("mug", 2), StockLine("pen", 4))
    assert in_lock_order(reversed(lines)) == in_lock_order(lines)
    assert in_lock_order([]) == ()


def test_a_hold_with_a_shortage_was_refused():
    assert HoldsTaken((Shortage("mug", 2, 1),)).refused
    assert not HoldsTaken().refused


def test_an_error_shows_its_slug_and_its_facts():
    error = InvalidValueError(field="street", rule="1 to 200 characters")

    assert isinstance(error, DomainError)
    assert str(error) == "invalid_value(field=street, rule=1 to 200 characters)"
    assert error.facts == {"field": "street", "rule": "1 to 200 characters"}
