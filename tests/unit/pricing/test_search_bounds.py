"""How often a price is tried: every choice while few matter, bounded beyond that, once as a rule."""

import pytest

from domain.pricing import search
from domain.pricing.book import PriceBookPage
from domain.pricing.request import Wishes
from domain.pricing.search import MOST_LINES_TRIED, MOST_TRIALS
from tests.support.builders import cny
from tests.support.price_pages import (
    a_page,
    a_voucher,
    an_item,
    flash,
    platform,
    price,
    taken,
    threshold,
)


def many(count) -> tuple[PriceBookPage, list[tuple[str, int]]]:
    """So many SKUs with a flash price each, and a threshold that every combination of them may miss."""
    items = [an_item(f"sku-{number:03}", 1_000 + number) for number in range(count)]
    flashes = [
        flash(990 + number, item.sku, promotion_id=f"p{number:03}") for number, item in enumerate(items)
    ]
    whole = sum(item.price.discount_price.amount for item in items)
    return a_page(*items, promotions=(*flashes, platform(whole - 15, 500))), [(i.sku, 1) for i in items]


def test_every_choice_of_few_promotions_is_tried(trials):
    page, lines = many(9)

    made = price(page, *lines)

    assert len(trials) == 2**9
    # One of them may stay: −10, and the threshold −500.
    assert made.breakdown.sum_of_kind("platform_threshold") == cny(-500)
    assert len(made.promotions) == 2


def test_of_many_promotions_no_more_than_the_bound_is_tried(trials):
    page, lines = many(40)

    made = price(page, *lines)

    assert MOST_TRIALS <= len(trials) <= 2 * MOST_TRIALS
    assert made.breakdown.sum_of_kind("platform_threshold") == cny(-500)
    assert len(made.promotions) == 2


@pytest.mark.parametrize("bound", range(2, 12))
def test_beyond_any_bound_the_price_is_no_higher_than_with_everything(monkeypatch, trials, bound):
    monkeypatch.setattr(search, "MOST_TRIALS", bound)
    page, lines = many(9)
    other = a_page(
        *page.items.values(),
        promotions=(*page.promotions[:-1], platform(9_000, 2), threshold(8_000, 1)),
        voucher=a_voucher(95, minimum=9_005),
    )

    for book in (page, other):
        trials.clear()
        made = price(book, *lines, wishes=Wishes(voucher_code="SAVE"))
        assert made.total <= cny(9_036 - 90)
        assert len(trials) <= 2 * bound


def test_beyond_the_bound_what_gave_way_for_nothing_is_taken_back(monkeypatch):
    monkeypatch.setattr(search, "MOST_TRIALS", 9)
    prices = {"a": 990, "b": 980, "c": 970, "d": 960}
    page = a_page(
        *(an_item(sku, 1_000) for sku in prices),
        promotions=(
            *(flash(off, sku, promotion_id=sku) for sku, off in prices.items()),
            threshold(2_000, 500, skus=frozenset("bd")),
            platform(4_000, 1),
        ),
    )

    made = price(page, *((sku, 1) for sku in prices))

    # The least savings go first: a, b, c, d. Then the greatest that did not stand in the way comes back.
    assert taken(made) == ["c", "threshold"]


def test_large_baskets_are_tried_less_often(monkeypatch, trials):
    monkeypatch.setattr(search, "MOST_LINES_TRIED", 9 * 20)
    page, lines = many(9)

    price(page, *lines)

    assert 20 <= len(trials) <= 40


def test_what_cannot_give_way_is_not_left_out_however_many_there_are(monkeypatch):
    monkeypatch.setattr(search, "MOST_TRIALS", 3)
    page, lines = many(9)
    apart = an_item("other", 5_000, merchant="shop-8")
    promotions = (*page.promotions[:-1], flash(1, "other", promotion_id="z"), threshold(9_030, 500))
    book = a_page(*page.items.values(), apart, promotions=promotions)

    assert "z" in taken(price(book, *lines, ("other", 1)))


def test_two_hundred_lines_and_fifty_promotions_need_one_trial_when_nothing_is_missed(trials):
    items = [an_item(f"sku-{number:03}", 1_000, merchant=f"shop-{number % 5}") for number in range(200)]
    flashes = [
        flash(900, *[item.sku for item in items[number::40]], promotion_id=f"p{number:02}")
        for number in range(40)
    ]
    shops = [threshold(1, 10 + number, f"s{number}") for number in range(5)]
    whole = [platform(1, 10 + number, f"w{number}") for number in range(5)]
    page = a_page(*items, promotions=(*flashes, *shops, *whole))

    made = price(page, *[(item.sku, 1) for item in items])

    assert len(trials) == 1
    assert made.total == cny(180_000 - 5 * 14 - 14)


def test_two_hundred_lines_and_fifty_promotions_stay_within_the_bound_when_all_is_missed(trials):
    items = [an_item(f"sku-{number:03}", 1_000, merchant=f"shop-{number % 5}") for number in range(200)]
    flashes = [
        flash(999, *[item.sku for item in items[number::40]], promotion_id=f"p{number:02}")
        for number in range(40)
    ]
    missed = [platform(199_900 + number, 150, f"w{number}") for number in range(10)]
    page = a_page(*items, promotions=(*flashes, *missed))

    made = price(page, *[(item.sku, 1) for item in items])

    assert len(trials) <= 2 * MOST_LINES_TRIED // 200
    # Twenty flash prices give way: no small step leads there.
    assert made.total == cny(199_900 - 150)
