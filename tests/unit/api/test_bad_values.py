"""Values that break a rule: 422 with a pointer to the field, and nothing happens."""

from __future__ import annotations

import pytest

from tests.support.api_world import LINES, ApiWorld, an_item
from tests.support.problems import JSON_HEADERS, is_problem, nothing_happened, send

BAD_NUMBERS = [
    "0",
    "-1",
    "1.5",
    "1.0",
    "true",
    '"1"',
    "1e309",
    "-1e309",
    "NaN",
    "Infinity",
    "null",
    "[]",
    "10000",
]


@pytest.mark.parametrize("quantity", BAD_NUMBERS)
@pytest.mark.parametrize("path", ["/v1/quotes", "/v1/orders"])
async def test_a_quantity_is_a_whole_number_from_1_to_9999(world: ApiWorld, path, quantity):
    rest = {
        "/v1/quotes": '"scene": "checkout", "currency": "CNY"',
        "/v1/orders": '"buyer_id": "b", "snapshot_id": "s"',
    }
    answer = await send(world, path, f'{{{rest[path]}, "lines": [{{"sku": "mug", "quantity": {quantity}}}]}}')

    document = is_problem(answer, 422, "invalid_request")
    assert document["errors"][0]["pointer"] == "/lines/0/quantity"
    assert nothing_happened(world)


@pytest.mark.parametrize(
    "amount", ["199.0", "1.5", "1e3", "9223372036854775808", "1" + "0" * 100, '"1"', "true", "NaN"]
)
async def test_an_amount_is_a_whole_64_bit_number_of_minor_units(world: ApiWorld, amount):
    answer = await world.http.put(
        "/v1/catalogue/merchants/shop-7/delivery-fee",
        content=f'{{"fee": {{"amount": {amount}, "currency": "CNY"}}}}',
        headers=JSON_HEADERS,
    )

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/fee/amount"
    assert (await world.quote())["charges"] == {"amount": 1_200, "currency": "CNY"}


async def test_a_sum_that_leaves_64_bits_is_refused(world: ApiWorld):
    price = {"amount": 2**63 - 1, "currency": "CNY"}
    gold = an_item("gold", prices=[{"market_price": price, "discount_price": price}])
    assert (await world.http.put("/v1/catalogue/items", json={"items": [gold]})).status_code == 204

    body = {"scene": "cart", "currency": "CNY", "lines": [{"sku": "gold", "quantity": 2}]}
    answer = await world.http.post("/v1/quotes", json=body)

    is_problem(answer, 422, "amount_out_of_range")


@pytest.mark.parametrize("currency", ["XYZ", "cny", "", "CNYY", "€", "XXX", 156, None])
async def test_an_unknown_currency_is_refused(world: ApiWorld, currency):
    answer = await world.http.post("/v1/quotes", json={"scene": "cart", "currency": currency, "lines": LINES})

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/currency"


async def test_an_order_has_one_currency_goods_without_a_price_in_it_are_refused(world: ApiWorld):
    price = {"amount": 5, "currency": "GBP"}
    await world.http.put(
        "/v1/catalogue/items",
        json={"items": [an_item("uk", prices=[{"market_price": price, "discount_price": price}])]},
    )

    answer = await world.http.post(
        "/v1/quotes",
        json={"scene": "cart", "currency": "CNY", "lines": [*LINES, {"sku": "uk", "quantity": 1}]},
    )

    assert is_problem(answer, 422, "price_not_found")["skus"] == ["uk"]


async def test_two_currencies_in_one_price_are_refused(world: ApiWorld):
    mixed = {
        "market_price": {"amount": 9, "currency": "CNY"},
        "discount_price": {"amount": 5, "currency": "GBP"},
    }

    answer = await world.http.put("/v1/catalogue/items", json={"items": [an_item(prices=[mixed])]})

    is_problem(answer, 422, "currency_mismatch")


@pytest.mark.parametrize("field", ["status", "paid", "price", "total", "currency", "order_id", "number", "x"])
async def test_fields_that_are_unknown_or_ours_are_refused(world: ApiWorld, field):
    answer = await world.place(**{field: "paid"})

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == f"/{field}"
    assert nothing_happened(world)


async def test_a_price_in_a_line_is_refused(world: ApiWorld):
    answer = await world.place(lines=[{"sku": "mug", "quantity": 2, "unit_price": 1}])

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/lines/0/unit_price"


@pytest.mark.parametrize("reason", ["payment_timeout", "refunded", "", "BUYER", None, 1])
async def test_callers_cancel_for_their_own_reasons_only(world: ApiWorld, reason):
    order_id = await world.placed()

    answer = await world.post(f"/v1/orders/{order_id}/cancel", {"reason": reason})

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/reason"


@pytest.mark.parametrize("text", ["a\\u0000b", "\\u0000", "a\\nb", " ", "", "x" * 101, "b\\u007f", "späce"])
async def test_an_id_with_nul_or_other_unprintable_characters_is_a_422(world: ApiWorld, text):
    answer = await send(world, "/v1/orders", f'{{"buyer_id": "{text}", "snapshot_id": "s", "lines": []}}')

    pointers = [error["pointer"] for error in is_problem(answer, 422, "invalid_request")["errors"]]
    assert "/buyer_id" in pointers


@pytest.mark.parametrize("body", ["[]", "1", '"x"', "null", "true"])
async def test_a_document_that_is_no_object_is_a_422(world: ApiWorld, body):
    is_problem(await send(world, "/v1/orders", body), 422, "invalid_request")


@pytest.mark.parametrize("count", [0, 1_001])
async def test_an_order_has_1_to_1000_lines(world: ApiWorld, count):
    answer = await world.place(lines=LINES * count)

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/lines"


@pytest.mark.parametrize(
    "change",
    [
        {"sku": ""},
        {"sku": "x" * 101},
        {"title": ""},
        {"category": "liquid"},
        {"prices": []},
        {"stock": -1},
        {"stock": 1.5},
        {"stock": "1"},
        {"merchant_id": "a b"},
        {"colour": "red"},
    ],
)
async def test_an_item_that_is_not_as_documented_changes_nothing(world: ApiWorld, change):
    answer = await world.http.put(
        "/v1/catalogue/items", json={"items": [an_item("new"), {**an_item(), **change}]}
    )

    field = next(iter(change))
    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == f"/items/1/{field}"
    assert await world.catalogue.owners(["new"]) == {}


@pytest.mark.parametrize(("market", "discount"), [(0, 0), (-1, -1), (5, 6)])
async def test_a_price_that_breaks_the_rules_of_prices_is_a_422(world: ApiWorld, market, discount):
    price = {
        "market_price": {"amount": market, "currency": "CNY"},
        "discount_price": {"amount": discount, "currency": "CNY"},
    }

    answer = await world.http.put("/v1/catalogue/items", json={"items": [an_item(prices=[price])]})

    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_one_sku_twice_in_one_request_is_refused(world: ApiWorld):
    answer = await world.http.put("/v1/catalogue/items", json={"items": [an_item("a"), an_item("a")]})

    is_problem(answer, 422, "invalid_value")


async def test_goods_that_nobody_sells_are_named(world: ApiWorld):
    answer = await world.http.post(
        "/v1/quotes", json={"scene": "cart", "currency": "CNY", "lines": [{"sku": "yeti", "quantity": 1}]}
    )

    assert is_problem(answer, 422, "price_not_found")["skus"] == ["yeti"]


async def test_sent_values_are_not_echoed(world: ApiWorld):
    answer = await world.place(
        address={"street": "Secret Lane 5", "city": "", "zip_code": "1", "country": "GB"}
    )

    assert answer.status_code == 422
    assert "Secret" not in answer.text
