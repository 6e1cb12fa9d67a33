"""A whole order as plain JSON and back: what views keep and caches hold. Derived, so it may be dropped."""

from __future__ import annotations

from typing import Any

from domain.order.encoding import from_plain, to_plain
from domain.order.order import Order


def order_document(order: Order) -> dict[str, Any]:
    """Every field of the order by its name; money as amount and currency, times as ISO 8601."""
    document: dict[str, Any] = to_plain(order)
    return document


def order_from(document: dict[str, Any]) -> Order:
    """The order back from its document, also from one that is older than `other_charges`.

    Raises `KeyError` when another release wrote it with other fields.
    """
    nothing = {"amount": 0, "currency": document["currency"]}
    order: Order = from_plain(Order, {"other_charges": nothing, **document})
    return order
