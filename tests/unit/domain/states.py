"""Orders in every state that the matrix walks, each reached by a story that may really happen."""

from __future__ import annotations

from collections.abc import Callable

from domain.order.order import Order
from tests.support.builders import an_order, cny

STORIES: dict[str, Callable[[], Order]] = {
    "draft": lambda: an_order().drafted().order,
    "created": lambda: an_order().created().order,
    "created, attempt open": lambda: an_order().asked_to_pay().order,
    "created, attempt failed": lambda: an_order().declined().order,
    "created, in review": lambda: an_order().in_review(cny(1)).order,
    "paid": lambda: an_order().paid().order,
    "shipped": lambda: an_order().paid().shipped().order,
    "shipped, delivered": lambda: an_order().paid().shipped().delivered().order,
    "completed": lambda: an_order().paid().shipped().delivered().completed().order,
    "cancelled": lambda: an_order().created().cancelled().order,
    "cancelled, attempt was open": lambda: an_order().asked_to_pay().cancelled().order,
    "cancelled, refunded": lambda: an_order().paid().cancelled().refunded().order,
}
