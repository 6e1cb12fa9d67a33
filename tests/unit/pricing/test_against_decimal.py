"""The engine and an independent calculation of the same rules in decimals make the same prices."""

import pytest

from benchmarks.pricing_agreement import disagreement, figures_of
from benchmarks.pricing_baseline.prices import cheapest, price
from benchmarks.pricing_baseline.reading import basket_of
from benchmarks.pricing_carts import ten_lines, ten_lines_missing
from benchmarks.random_carts import random_cart
from domain.pricing.calculate import calculate
from domain.pricing.request import Scene

CARTS = 300
EACH = 50


@pytest.mark.parametrize("first", range(0, CARTS, EACH))
def test_engine_and_decimals_agree_on_every_total_component_and_line(first):
    for seed in range(first, first + EACH):
        assert disagreement(random_cart(seed)) == "", f"random cart {seed}"


@pytest.mark.parametrize("cart", [ten_lines(), ten_lines_missing()], ids=["ten lines", "threshold missed"])
def test_they_agree_on_the_carts_that_are_measured(cart):
    assert disagreement(cart) == ""


def test_another_price_than_the_engines_is_noticed():
    cart = ten_lines()
    parts, lines = figures_of(calculate(cart.page, cart.request, cart.now))
    basket = basket_of(cart.page, cart.request, cart.now)
    assert sum(lines) == int(100 * price(basket).total)
    assert {name: int(100 * amount) for name, amount in cheapest(basket)[0].components.items()} == parts


def test_random_carts_are_the_same_for_the_same_seed_and_reach_every_scene():
    carts = [random_cart(seed) for seed in range(40)]
    assert carts[7].request == random_cart(7).request
    assert {cart.request.scene for cart in carts} == set(Scene)
