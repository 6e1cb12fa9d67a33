"""How order events that older releases wrote are read as those of today. Steps work on raw JSON only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.upcasting import Upcasters

if TYPE_CHECKING:
    from domain.events import JsonObject


def _created_with_all_parts(data: JsonObject) -> JsonObject:
    """Version 1 left out what there was none of: other charges, lines of its own, parts by line."""
    nothing = {"amount": 0, "currency": _currency_of(data["total"])}
    return {"other_charges": nothing, "lines": [], "line_goods": [], **data}


def _currency_of(money: object) -> object:
    assert isinstance(money, dict), "money is an object in every version"
    return money["currency"]


UPCASTERS = Upcasters({"OrderCreated": (_created_with_all_parts,)})
