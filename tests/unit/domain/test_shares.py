"""The goods of an order belong to its merchants, each its part, to the last minor unit."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import total
from domain.order.shares import MerchantShare, merchant_shares
from tests.support.builders import an_order, cny

AMOUNTS = st.integers(0, 10**9)


def test_a_single_merchant_has_all_of_it():
    order = an_order().with_line("mug", 2).with_line("pot", 1).created().order

    assert merchant_shares(order) == {"shop-7": MerchantShare(2, order.goods)}


def test_each_merchant_has_its_own_lines_and_no_part_of_the_delivery_fee():
    story = (
        an_order().with_line("mug", 2, cny(1_000), merchant="cups").with_line(price=cny(333), merchant="tea")
    )
    order = story.with_line("pot", 1, cny(500), merchant="cups").with_delivery_fee(cny(900)).created().order

    assert merchant_shares(order) == {"cups": MerchantShare(2, cny(2_500)), "tea": MerchantShare(1, cny(333))}


def test_nothing_is_sold_before_the_price_is_agreed():
    order = an_order().with_line(merchant="cups").with_line(merchant="tea").drafted().order

    assert merchant_shares(order) == {"cups": MerchantShare(1, cny(0)), "tea": MerchantShare(1, cny(0))}


@pytest.mark.parametrize("price", [0, 1_000])
def test_goods_agreed_at_another_price_are_divided_as_the_lines_are(price):
    story = (
        an_order()
        .with_line("mug", 1, cny(price), merchant="cups")
        .with_line("tea", 2, cny(price), merchant="tea")
    )
    order = replace(story.created().order, goods=cny(1_000))

    assert merchant_shares(order) == {"cups": MerchantShare(1, cny(333)), "tea": MerchantShare(1, cny(667))}


def test_a_merchants_part_is_what_its_lines_really_cost():
    order = an_order().with_line("mug", 2, merchant="cups").with_line("tea", merchant="tea").created().order
    reduced = replace(order, goods=cny(1_700), line_goods=(700, 1_000))

    assert merchant_shares(reduced) == {
        "cups": MerchantShare(1, cny(700)),
        "tea": MerchantShare(1, cny(1_000)),
    }


@given(prices=st.lists(AMOUNTS, min_size=1, max_size=8), goods=AMOUNTS)
def test_the_parts_are_the_whole(prices, goods):
    story = an_order()
    for number, price in enumerate(prices):
        story.with_line(f"sku-{number}", 1 + number, cny(price), merchant=f"shop-{number % 3}")
    order = replace(story.drafted().order, goods=cny(goods))

    shares = merchant_shares(order).values()

    assert total((share.goods for share in shares), "CNY") == cny(goods)
    assert sum(share.lines for share in shares) == len(prices)
