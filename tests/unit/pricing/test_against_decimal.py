"""The engine and an independent calculation of the same rules in decimals make the same prices."""

from dataclasses import replace

import pytest

from benchmarks import pricing_agreement
from benchmarks.pricing_agreement import disagreement
from benchmarks.pricing_baseline.answer import answer
from benchmarks.pricing_baseline.prices import cheapest, price
from benchmarks.pricing_baseline.reading import basket_of
from benchmarks.pricing_carts import ten_lines, ten_lines_missing, two_hundred_lines
from benchmarks.random_carts import random_cart
from domain.catalogue.items import BasePrice
from domain.pricing.calculate import calculate
from domain.pricing.request import Scene
from tests.support.builders import cny

CARTS = 300
EACH = 50
OTHER_PRICE = BasePrice(cny(5_000), cny(3_899))


@pytest.mark.parametrize("first", range(0, CARTS, EACH))
def test_engine_and_decimals_agree_on_every_total_component_and_line(first):
    for seed in range(first, first + EACH):
        assert disagreement(random_cart(seed)) == "", f"random cart {seed}"


@pytest.mark.parametrize("cart", [ten_lines(), ten_lines_missing()], ids=["ten lines", "threshold missed"])
def test_they_agree_on_the_carts_that_are_measured(cart):
    assert disagreement(cart) == ""


def test_they_agree_on_two_hundred_lines_with_fifty_promotions():
    assert disagreement(two_hundred_lines(), thorough=False) == ""


def test_the_quick_calculation_in_decimals_gives_the_parts_of_the_thorough_one():
    cart = ten_lines()
    basket = basket_of(cart.page, cart.request, cart.now)
    assert price(basket).parts == cheapest(basket)[0].parts
    told = answer(basket)
    assert told.total == sum(line.total for line in told.lines) == sum(part.amount for part in told.parts)


def test_a_price_that_is_one_fen_off_is_noticed(monkeypatch):
    cart = ten_lines()
    dearer = {**cart.page.items, "sku-0": replace(cart.page.items["sku-0"], price=OTHER_PRICE)}
    other = calculate(replace(cart.page, items=dearer), cart.request, cart.now)
    monkeypatch.setattr(pricing_agreement, "calculate", lambda *_: other)
    assert disagreement(cart).startswith("total")


def test_random_carts_are_the_same_for_the_same_seed_and_reach_every_scene():
    carts = [random_cart(seed) for seed in range(40)]
    assert carts[7].request == random_cart(7).request
    assert {cart.request.scene for cart in carts} == set(Scene)
