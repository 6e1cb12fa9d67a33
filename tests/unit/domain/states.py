"""Orders in every state that the matrix walks, each reached by a story that may really happen."""

from __future__ import annotations

from collections.abc import Callable

from domain.catalogue.items import Category
from domain.order.order import Order
from domain.payment.facts import FactKind
from tests.support.builders import OrderBuilder, a_fact, an_order, cny


def two_mugs() -> OrderBuilder:
    """Two units of one line, 5.00 each."""
    return an_order().with_line("mug", 2, cny(500))


def _there() -> OrderBuilder:
    return two_mugs().paid().planned().arrived()


def _charged_back() -> OrderBuilder:
    story = an_order().paid().planned().arrived().completed()
    key = story.attempt
    return story.reported(a_fact(key), a_fact(key, FactKind.CHARGED_BACK))


STORIES: dict[str, Callable[[], Order]] = {
    "draft": lambda: an_order().drafted().order,
    "created": lambda: an_order().created().order,
    "created, attempt open": lambda: an_order().asked_to_pay().order,
    "created, attempt failed": lambda: an_order().declined().order,
    "created, in review": lambda: an_order().in_review(cny(1)).order,
    "paid": lambda: an_order().paid().order,
    "paid, authorised": lambda: an_order().authorised().order,
    "paid, planned": lambda: an_order().paid().planned().order,
    "paid, half handed over": lambda: (
        two_mugs().paid().planned((1, 1, "main"), (1, 1, "west")).handed_over().order
    ),
    "paid, service waits": lambda: (
        an_order().with_line("fit", category=Category.SERVICE).paid().planned().order
    ),
    "paid, everything lost": lambda: an_order().paid().planned().lost().order,
    "shipped": lambda: an_order().paid().shipped().order,
    "shipped, by parcel": lambda: an_order().paid().planned().handed_over().order,
    "shipped, money not taken": lambda: an_order().authorised().planned().handed_over().capture_asked().order,
    "shipped, capture refused": lambda: (
        an_order().authorised().planned().handed_over().capture_asked().capture_denied().order
    ),
    "shipped, delivered": lambda: an_order().paid().shipped().delivered().order,
    "shipped, parcel there": lambda: _there().order,
    "shipped, return asked": lambda: _there().asked_to_return(exchange=True).order,
    "shipped, return agreed": lambda: _there().asked_to_return(exchange=True).return_agreed().order,
    "shipped, returned": lambda: (
        _there().asked_to_return(exchange=True).return_agreed().goods_returned().order
    ),
    "completed": lambda: an_order().paid().shipped().delivered().completed().order,
    "completed, charged back": lambda: _charged_back().order,
    "cancelled": lambda: an_order().created().cancelled().order,
    "cancelled, attempt was open": lambda: an_order().asked_to_pay().cancelled().order,
    "cancelled, refunded": lambda: an_order().paid().cancelled().refunded().order,
}
