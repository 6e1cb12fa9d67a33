"""A whole order as plain JSON and back: what views keep and caches hold. Derived, so it may be dropped."""

from __future__ import annotations

from typing import Any

from domain.order.encoding import from_plain, to_plain
from domain.order.keys import refund_key
from domain.order.order import Order


def order_document(order: Order) -> dict[str, Any]:
    """Every field of the order by its name; money as amount and currency, times as ISO 8601."""
    document: dict[str, Any] = to_plain(order)
    return document


def order_from(document: dict[str, Any]) -> Order:
    """The order back from its document, also from one that is older than `other_charges` or `refunds`.

    Raises `KeyError` when another release wrote it with other fields.
    """
    nothing = {"amount": 0, "currency": document["currency"]}
    older = {"other_charges": nothing}
    if "refunds" not in document:
        older["refunds"] = _whole_refunds(document)
    order: Order = from_plain(Order, {**older, **document})
    return order


def _whole_refunds(document: dict[str, Any]) -> Any:
    # Before there were part refunds, each attempt's whole money had one way back, named by its key.
    receipts = [each for each in (document["payment"], *document["unwanted"]) if each]
    refunds = []
    for receipt in receipts:
        key = refund_key(receipt["payment_key"])
        if key in document["refunds_requested"]:
            done = key in document["refunds_done"]
            went, came = receipt["refunded"]["amount"], receipt["amount"]["amount"]
            refunds.append(
                {
                    "key": key,
                    "payment_key": receipt["payment_key"],
                    "amount": {**receipt["amount"], "amount": went if done else came - went},
                    "reason": "order_cancelled" if receipt is document["payment"] else "late_payment",
                    "cause": "",
                    "units": [],
                    "done": done,
                }
            )
    return refunds
