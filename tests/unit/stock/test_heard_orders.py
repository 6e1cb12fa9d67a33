"""What stock hears from events alone is what the whole order says, through random lives of orders."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import astuple

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant

from domain.order.order import fold
from domain.order.whereabouts import Whereabouts, whereabouts
from domain.stock.heard_document import heard_document, heard_order_from
from domain.stock.heard_orders import HeardOrder, UnheardOrderError, difference, hear, units_of
from tests.support.builders import an_order
from tests.unit.domain.test_order_machine import OrderLife


def heard(events) -> HeardOrder | None:
    """All events, each after the picture went to JSON and back."""
    order: HeardOrder | None = None
    for event in events:
        order = hear(order, event)
        order = heard_order_from(json.loads(json.dumps(heard_document(order))))
    return order


class HeardLife(OrderLife):
    @invariant()
    def stock_has_heard_where_everything_is(self) -> None:
        if not getattr(self, "events", None):
            return
        picture = heard(self.events)
        assert picture is not None
        assert units_of(picture) == whereabouts(self.order)

    @invariant()
    def the_steps_add_up_to_the_whole(self) -> None:
        sums: dict[str, Counter[int]] = {}
        order: HeardOrder | None = None
        for event in getattr(self, "events", ()):
            before = units_of(order) if order else {}
            order = hear(order, event)
            for sku, change in difference(before, units_of(order)).items():
                sums.setdefault(sku, Counter()).update(dict(enumerate(change)))
        found = {sku: tuple(counts[place] for place in range(5)) for sku, counts in sums.items()}
        expected = {sku: astuple(where) for sku, where in (units_of(order) if order else {}).items()}
        assert {sku: counts for sku, counts in found.items() if any(counts)} == expected


TestHeardLife = HeardLife.TestCase
TestHeardLife.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize(
    "story",
    [
        an_order().paid(),
        an_order().paid().shipped(),
        an_order().paid().shipped().delivered(),
        an_order().paid().shipped().delivered().completed().refunded(),
        an_order().created().cancelled(),
        an_order().paid().cancelled(),
    ],
    ids=str,
)
def test_orders_of_before_there_were_shipments_are_heard_as_well(story):
    picture = heard(story.events)

    assert picture is not None
    assert units_of(picture) == whereabouts(fold(story.events))


def test_equal_skus_on_several_lines_are_counted_together():
    story = an_order().with_line("mug", 2).with_line("mug", 3).paid()

    picture = heard(story.events)

    assert picture is not None
    assert units_of(picture) == {"mug": Whereabouts(to_send=5)} == whereabouts(fold(story.events))


def test_an_order_whose_beginning_was_not_heard_is_no_order():
    with pytest.raises(UnheardOrderError):
        heard(an_order().paid().events[1:])


def test_what_does_not_change_is_not_mentioned():
    same = {"mug": Whereabouts(to_send=2), "pen": Whereabouts(delivered=1)}

    assert difference(same, same) == {}
    assert difference(same, {"mug": Whereabouts(on_the_way=2)}) == {
        "mug": (0, -2, 2, 0, 0),
        "pen": (0, 0, 0, -1, 0),
    }
