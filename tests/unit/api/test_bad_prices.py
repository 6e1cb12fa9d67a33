"""Requests about prices that break a rule: refused with the place of the fault, and nothing happens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.api_world import LINES, ApiWorld, an_item
from tests.support.price_api import puts, yuan
from tests.support.problems import NO_NUMBERS, is_problem, send, with_raw

QUOTE = {"scene": "checkout", "currency": "CNY", "buyer_id": "buyer-1", "lines": LINES}
ORDER_PRICE = {"currency": "CNY", "buyer_id": "buyer-1", "lines": LINES}
DISPLAY = {"currency": "CNY", "skus": ["mug"]}
PAYMENT = {"snapshot_id": "snap_1", "buyer_id": "buyer-1"}
HOLD = {"buyer_id": "buyer-1", "lines": LINES}


def nothing_kept(world: ApiWorld) -> bool:
    """No snapshot, no hold, no order."""
    return not (world.snapshots._snapshots or world.stock.holds or world.intake._accepted)


async def refused_at(world: ApiWorld, path: str, body: dict[str, Any] | str) -> str:
    """The place that a POST is refused for."""
    text = body if isinstance(body, str) else json.dumps(body)
    document = is_problem(await send(world, path, text), 422, "invalid_request")
    assert nothing_kept(world)
    pointer: str = document["errors"][0]["pointer"]
    return pointer


@pytest.mark.parametrize("quantity", [*NO_NUMBERS, "0", "10000", "null"])
@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/quotes", QUOTE), ("/v1/prices/order", ORDER_PRICE), ("/v1/holds", HOLD)],
)
async def test_a_quantity_is_a_whole_number_from_1_to_9999(world: ApiWorld, path, body, quantity):
    text = with_raw(body, "lines", f'[{{"sku": "mug", "quantity": {quantity}}}]')

    assert await refused_at(world, path, text) == "/lines/0/quantity"


@pytest.mark.parametrize("points", [*NO_NUMBERS, "1000000001", "null"])
async def test_points_are_a_whole_number_up_to_a_thousand_million(world: ApiWorld, points):
    assert await refused_at(world, "/v1/quotes", with_raw(QUOTE, "points", points)) == "/points"


@pytest.mark.parametrize("field", ["price", "total", "paid", "status", "id", "expires_at", "degraded", "x"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/quotes", QUOTE),
        ("/v1/prices/order", ORDER_PRICE),
        ("/v1/prices/display", DISPLAY),
        ("/v1/prices/payment", PAYMENT),
        ("/v1/holds", HOLD),
    ],
)
async def test_fields_that_are_unknown_or_ours_are_refused(world: ApiWorld, path, body, field):
    assert await refused_at(world, path, {**body, field: 1}) == f"/{field}"


@pytest.mark.parametrize("currency", ["XYZ", "cny", "", "€", "XXX", 156, None, ["CNY"]])
@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/quotes", QUOTE), ("/v1/prices/order", ORDER_PRICE), ("/v1/prices/display", DISPLAY)],
)
async def test_a_price_is_in_a_currency_that_exists(world: ApiWorld, path, body, currency):
    assert await refused_at(world, path, {**body, "currency": currency}) == "/currency"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scene": "payment"}, "/scene"),
        ({"scene": "CHECKOUT"}, "/scene"),
        ({"region": "china"}, "/region"),
        ({"region": "CN "}, "/region"),
        ({"region": ""}, "/region"),
        ({"payment_method": ""}, "/payment_method"),
        ({"payment_method": "x" * 41}, "/payment_method"),
        ({"payment_method": "my card"}, "/payment_method"),
        ({"voucher_code": ""}, "/voucher_code"),
        ({"voucher_code": "x" * 65}, "/voucher_code"),
        ({"voucher_code": "a\x00b"}, "/voucher_code"),
        ({"services": ["x"] * 21}, "/services"),
        ({"services": ["a b"]}, "/services/0"),
        ({"services": "insurance"}, "/services"),
        ({"hold_ids": ["x"] * 51}, "/hold_ids"),
        ({"hold_ids": [None]}, "/hold_ids/0"),
        ({"buyer_id": ""}, "/buyer_id"),
        ({"buyer_id": "x" * 101}, "/buyer_id"),
        ({"lines": []}, "/lines"),
        ({"lines": LINES * 1_001}, "/lines"),
        ({"lines": [{"sku": "mug", "quantity": 1, "unit_price": 1}]}, "/lines/0/unit_price"),
        ({"at": "2026-01-05"}, "/at"),
        ({"at": "2026-01-05T12:00:00"}, "/at"),
        ({"at": "tomorrow"}, "/at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "/at"),
        ({"at": "9999-12-31T23:59:59-12:00"}, "/at"),
        ({"draft_promotion": []}, "/draft_promotion"),
        ({"draft_promotion": "flash"}, "/draft_promotion"),
    ],
)
async def test_a_wish_that_is_not_as_documented_is_refused(world: ApiWorld, change, pointer):
    assert await refused_at(world, "/v1/quotes", {**QUOTE, **change}) == pointer


@pytest.mark.parametrize("field", ["services", "hold_ids"])
async def test_a_wish_stands_once(world: ApiWorld, field):
    answer = await world.http.post("/v1/quotes", json={**QUOTE, field: ["same", "same"]})

    assert is_problem(answer, 422, "invalid_value")["errors"][0]["pointer"] == field
    assert nothing_kept(world)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"skus": []}, "/skus"),
        ({"skus": [f"sku-{n}" for n in range(201)]}, "/skus"),
        ({"skus": [""]}, "/skus/0"),
        ({"skus": ["a\x00"]}, "/skus/0"),
        ({"skus": [5]}, "/skus/0"),
        ({"quantity": 2}, "/quantity"),
        ({"region": "xx"}, "/region"),
    ],
)
async def test_a_page_asks_for_up_to_200_items(world: ApiWorld, change, pointer):
    assert await refused_at(world, "/v1/prices/display", {**DISPLAY, **change}) == pointer


async def test_a_page_asks_for_each_item_once(world: ApiWorld):
    answer = await world.http.post("/v1/prices/display", json={**DISPLAY, "skus": ["mug", "mug"]})

    is_problem(answer, 422, "invalid_value")
    assert nothing_kept(world)


@pytest.mark.parametrize("path", ["/v1/prices/display", "/v1/prices/order"])
async def test_items_that_nobody_sells_are_named(world: ApiWorld, path):
    body: dict[str, Any] = {"currency": "CNY", "skus": ["mug", "yeti"]}
    if path.endswith("order"):
        body = {"currency": "CNY", "lines": [*LINES, {"sku": "yeti", "quantity": 1}]}

    document = is_problem(await world.http.post(path, json=body), 422, "price_not_found")

    assert document["skus"] == ["yeti"]
    assert nothing_kept(world)


async def test_an_item_without_a_price_in_the_region_is_not_sold_there(world: ApiWorld):
    price = {"market_price": yuan(9), "discount_price": yuan(5), "region": "HK"}
    await puts(world, "/v1/catalogue/items", {"items": [an_item("local", prices=[price])]})
    body = {"currency": "CNY", "skus": ["local"]}

    elsewhere = await world.http.post("/v1/prices/display", json={**body, "region": "CN"})
    there = await world.http.post("/v1/prices/display", json={**body, "region": "HK"})

    is_problem(elsewhere, 422, "price_not_found")
    assert there.status_code == 200


@pytest.mark.parametrize("scene", ["display", "cart", "order", "checkout"])
async def test_a_sum_beyond_64_bits_is_refused(world: ApiWorld, scene):
    price = {"market_price": yuan(2**63 - 1), "discount_price": yuan(2**63 - 1)}
    await puts(world, "/v1/catalogue/items", {"items": [an_item("gold", prices=[price])]})
    body = {**QUOTE, "scene": scene, "lines": [{"sku": "gold", "quantity": 2}]}

    is_problem(await world.http.post("/v1/quotes", json=body), 422, "amount_out_of_range")
    assert nothing_kept(world)


# Snapshots that do not fit the order.


async def test_an_order_cannot_be_placed_by_somebody_elses_price(world: ApiWorld):
    snapshot = (await world.quote(buyer_id="buyer-2"))["id"]

    is_problem(await world.place(snapshot_id=snapshot), 404, "snapshot_not_found")
    assert world.intake._accepted == {}


@pytest.mark.parametrize(
    "lines",
    [[{"sku": "mug", "quantity": 1}], [{"sku": "card", "quantity": 2}], [*LINES, *LINES]],
)
async def test_an_order_cannot_have_other_lines_than_its_price(world: ApiWorld, lines):
    is_problem(await world.place(lines=lines), 422, "snapshot_mismatch")
    assert world.intake._accepted == {}
