"""What merchants and operators send about proposals, for tests. In an open API callers name themselves."""

from __future__ import annotations

from itertools import count
from typing import Any

import httpx

from tests.support.api_world import ApiWorld

PATH = "/v1/price-proposals"
_keys = count(1)
# The clock of the worlds stands at noon of 5 January 2026.
STARTS_AT, ENDS_AT = "2026-01-06T12:00:00Z", "2026-01-07T12:00:00Z"


def mug_price(discount: int) -> dict[str, Any]:
    return {
        "market_price": {"amount": 1_200, "currency": "CNY"},
        "discount_price": {"amount": discount, "currency": "CNY"},
        "listed_price": None,
        "region": None,
    }


def mug_at(discount: int, **changes: Any) -> dict[str, Any]:
    """New prices for a mug, from tomorrow noon for a day."""
    body = {"subject": "item_price", "item_price": {"sku": "mug", "prices": [mug_price(discount)]}}
    return {**body, "starts_at": STARTS_AT, "ends_at": ENDS_AT, "comment": "for the holidays", **changes}


def on_holiday(promotion: Any = None, quotas: Any = None, **changes: Any) -> dict[str, Any]:
    """A daily price of 7.00 for a mug, from tomorrow noon for a day."""
    document = {
        "name": "Holiday",
        "kind": "daily_price",
        "terms": {"prices": {"mug": 700}},
        "currency": "CNY",
        "funder": "merchant",
        "skus": ["mug"],
    }
    wanted = promotion or {"document": document, "quotas": quotas or {}}
    body = {"subject": "promotion", "promotion": wanted, "starts_at": STARTS_AT, "ends_at": ENDS_AT}
    return {**body, **changes}


async def sends(
    world: ApiWorld, method: str, path: str, body: Any = None, *, key: str = "", **headers: str
) -> httpx.Response:
    """One request. A new proposal is shop-7's unless it says otherwise."""
    content = {} if body is None else body
    if method == "POST" and not path:
        content = {"merchant_id": "shop-7", **content}
    named = {"Idempotency-Key": key or f"key-{next(_keys)}", **headers}
    sent: dict[str, Any] = {} if method == "GET" else {"json": content}
    return await world.http.request(method, path or PATH, headers=named, **sent)


async def ann(world: ApiWorld, method: str, path: str, body: Any = None, **how: Any) -> httpx.Response:
    """The merchant's hand."""
    return await sends(world, method, path, body, **{"Orderkeep-Actor": "ann", **how})


async def bob(world: ApiWorld, method: str, path: str, body: Any = None, **how: Any) -> httpx.Response:
    """The operator's eyes."""
    return await sends(world, method, path, body, **{"Orderkeep-Actor": "bob", **how})


async def proposed(world: ApiWorld, body: Any = None) -> dict[str, Any]:
    """A draft by ann."""
    answer = await ann(world, "POST", "", body or mug_at(800))
    assert answer.status_code == 201, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


async def submitted(world: ApiWorld, body: Any = None) -> dict[str, Any]:
    """Waiting for review."""
    return await _then(world, ann, (await proposed(world, body)), "submit")


async def approved(world: ApiWorld, body: Any = None) -> dict[str, Any]:
    """Approved by bob."""
    return await _then(world, bob, (await submitted(world, body)), "approve")


async def _then(world: ApiWorld, who: Any, proposal: dict[str, Any], action: str) -> dict[str, Any]:
    answer = await who(world, "POST", f"{proposal['links']['self']}/{action}")
    assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    return after
