"""Pages about scenarios: named after them, with the events that happened and what each of them says."""

from typing import get_args

import pytest

from domain.order.events import OrderEvent
from ops.scenarios import SCENARIOS
from ops.stories import events_on, index_of, meaning_of, page_name, page_of

ORDER = {
    "status": "cancelled",
    "payment_status": "refunded",
    "fulfilment_status": "returned",
    "after_sale_status": "done",
    "cancel_reason": "refunded",
}


def an_event(version: int, kind: str) -> dict[str, object]:
    return {"version": version, "type": kind, "metadata": {"actor": "buyer"}}


def test_a_page_lists_the_events_in_order_and_how_it_ended():
    page = page_of(SCENARIOS[0], ORDER, [an_event(1, "OrderDrafted"), an_event(2, "OrderCancelled")])
    assert events_on(page) == ["OrderDrafted", "OrderCancelled"]
    assert "status `cancelled`, payment `refunded`, goods `returned`, after-sale `done`" in page
    assert f"# {SCENARIOS[0].title}" in page


def test_every_scenario_has_a_page_of_its_own_in_the_index():
    names = [page_name(scenario) for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
    assert all(f"]({name})" in index_of(SCENARIOS) for name in names)


@pytest.mark.parametrize("event", get_args(OrderEvent), ids=lambda event: event.__name__)
def test_every_event_says_in_one_sentence_what_it_is(event):
    assert 10 < len(meaning_of(event.__name__)) < 160
