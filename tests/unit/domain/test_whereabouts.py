"""Every unit of an order is in one place at most, and each place is what its events say."""

from __future__ import annotations

import pytest

from domain.catalogue.items import Category
from domain.order.whereabouts import Whereabouts, whereabouts
from tests.support.builders import OrderBuilder, an_order


def two_parcels() -> OrderBuilder:
    """Three mugs, of which two come from one warehouse and one from another."""
    return an_order().with_line("mug", 3).paid().planned((1, 2, "north"), (1, 1, "south"))


STORIES = {
    "not agreed yet": (an_order().drafted(), None),
    "waiting for money": (an_order().with_line("mug", 3).created(), Whereabouts(reserved=3)),
    "paid": (an_order().with_line("mug", 3).paid(), Whereabouts(to_send=3)),
    "authorised": (an_order().with_line("mug", 3).authorised(), Whereabouts(to_send=3)),
    "never paid": (an_order().with_line("mug", 3).created().cancelled(), None),
    "planned": (two_parcels(), Whereabouts(to_send=3)),
    "one parcel left": (
        two_parcels().booked(1).booked(2).handed_over(1),
        Whereabouts(to_send=1, on_the_way=2),
    ),
    "one there, one lost": (
        two_parcels().booked(1).booked(2).handed_over(1).handed_over(2).arrived(1).lost(2),
        Whereabouts(delivered=2),
    ),
    "brought back by the carrier": (
        two_parcels().booked(1).booked(2).handed_over(1).handed_over(2).arrived(1).came_back(2),
        Whereabouts(delivered=2, returned=1),
    ),
    "one given back": (
        an_order().with_line("mug", 3).paid().planned().booked().handed_over().arrived()
        .asked_to_return((1, 1)).return_agreed().goods_returned((1, 1)),
        Whereabouts(delivered=2, returned=1),
    ),
    "a return that never came": (
        an_order().with_line("mug", 3).paid().planned().booked().handed_over().arrived()
        .asked_to_return((1, 1)).return_agreed().never_came(),
        Whereabouts(delivered=3),
    ),
    "paid and cancelled": (an_order().with_line("mug", 3).paid().planned().cancelled(), None),
    "shipped as old orders were": (
        an_order().with_line("mug", 3).paid().shipped(),
        Whereabouts(on_the_way=3),
    ),
    "delivered as old orders were": (
        an_order().with_line("mug", 3).paid().shipped().delivered(),
        Whereabouts(delivered=3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_units_are_where_the_story_has_brought_them(story):
    told, expected = STORIES[story]

    assert whereabouts(told.order).get("mug") == expected


def test_lines_of_one_sku_count_together_and_others_apart():
    order = an_order().with_line("mug", 2).with_line("tea", 5).with_line("mug", 1).paid().order

    assert whereabouts(order) == {"mug": Whereabouts(to_send=3), "tea": Whereabouts(to_send=5)}


def test_a_service_that_nobody_accepted_is_nowhere():
    story = an_order().with_line("fitting", 1, category=Category.SERVICE).with_line("mug", 1).paid()

    order = story.planned((2, 1, "main")).not_accepted().order

    assert whereabouts(order) == {"mug": Whereabouts(to_send=1)}
