"""An exclusive promotion stands alone: without the others, or not at all, whichever costs less."""

from dataclasses import replace

from domain.catalogue.items import Category
from domain.pricing.book import FeeRules, PlatformFee
from domain.pricing.request import Wishes
from tests.support.builders import cny
from tests.support.price_pages import (
    a_page,
    a_voucher,
    an_item,
    flash,
    price,
    taken,
    threshold,
    total,
)

EXCLUSIVE = flash(7_000, promotion_id="alone", exclusive=True)


def test_an_exclusive_promotion_stands_alone():
    made = price(a_page(promotions=(threshold(1, 500), EXCLUSIVE)))

    assert taken(made) == ["alone"]
    assert made.total == cny(7_000)


def test_all_others_together_win_when_they_are_cheaper_or_equal():
    assert taken(price(a_page(promotions=(threshold(1, 3_001), EXCLUSIVE)))) == ["threshold"]
    assert taken(price(a_page(promotions=(threshold(1, 3_000), EXCLUSIVE)))) == ["threshold"]


def test_of_several_exclusive_ones_the_cheapest_stands_alone():
    other = replace(flash(6_000, promotion_id="better", exclusive=True))

    assert taken(price(a_page(promotions=(EXCLUSIVE, other, threshold(1, 500))))) == ["better"]


def test_voucher_points_and_fees_stay_beside_an_exclusive_one():
    page = a_page(
        promotions=(EXCLUSIVE, threshold(1, 500)), voucher=a_voucher(), fees=FeeRules(platform=PlatformFee(7))
    )

    assert total(page, wishes=Wishes(voucher_code="SAVE")) == 6_007


def test_an_exclusive_one_that_does_not_apply_changes_nothing():
    page = a_page(
        an_item("song", 100, category=Category.VIRTUAL),
        promotions=(EXCLUSIVE, threshold(1, 5)),
    )

    assert taken(price(page, ("song", 1))) == ["threshold"]
