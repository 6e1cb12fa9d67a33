"""The small picture that stock has of an order, as plain JSON and back. Ours alone: it can be heard anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.stock.heard_orders import HeardOrder, HeardParcel, Quantities, Standing


def heard_document(order: HeardOrder) -> dict[str, Any]:
    """Everything of the picture; what is empty is left out."""
    said = {
        "lines": [list(line) for line in order.lines],
        "standing": order.standing.value,
        "parcels": {
            name: [_pairs(parcel.units), parcel.place, parcel.cancelled]
            for name, parcel in order.parcels.items()
        },
        "whole": order.whole,
        "back": _pairs(order.back),
    }
    return {name: value for name, value in said.items() if value}


def heard_order_from(document: Mapping[str, Any]) -> HeardOrder:
    """The picture back from its document."""
    return HeardOrder(
        lines=tuple((sku, quantity) for sku, quantity in document["lines"]),
        standing=Standing(document["standing"]),
        parcels={
            name: HeardParcel(dict(units), place, cancelled)
            for name, (units, place, cancelled) in document.get("parcels", {}).items()
        },
        whole=document.get("whole", ""),
        back=dict(document.get("back", ())),
    )


def _pairs(quantities: Quantities) -> list[list[int]]:
    return [[line, quantity] for line, quantity in sorted(quantities.items())]
