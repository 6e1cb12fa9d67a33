"""Bad input never costs anything: no side effect, no 5xx, and a body that says what to change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.edge import BODY_LIMIT, CALLBACK_LIMIT, Limits
from domain.order.status import OrderStatus
from domain.ports.projections import OrderFilter
from tests.support.api_world import LINES, ApiWorld, an_item, api_world, cny

JSON = {"Content-Type": "application/json", "Idempotency-Key": "key"}
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


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, after checking its form."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    document: dict[str, Any] = answer.json()
    assert document["code"] == code
    assert document["status"] == status
    assert document["type"] == f"urn:orderkeep:problem:{code}"
    assert document["request_id"] == answer.headers["x-request-id"]
    assert document["title"]
    assert document["detail"]
    return document


def nothing_happened(world: ApiWorld) -> bool:
    """No order accepted, none started, no event, no callback."""
    return not (
        world.intake._accepted or world.workflows.started or world.events._events or world.inbox._callbacks
    )


async def send(world: ApiWorld, path: str, content: str | bytes, **headers: str) -> httpx.Response:
    """POST raw bytes."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return await world.http.post(path, content=raw, headers={**JSON, **headers})


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
        headers=JSON,
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


async def test_an_unknown_snapshot_is_a_404(world: ApiWorld):
    is_problem(await world.place(snapshot_id="snap_unknown"), 404, "snapshot_not_found")
    is_problem(await world.get("/v1/quotes/snap_unknown"), 404, "snapshot_not_found")
    assert nothing_happened(world)


async def test_a_snapshot_of_another_buyer_is_not_found(world: ApiWorld):
    snapshot = (await world.quote(buyer_id="buyer-2"))["id"]

    is_problem(await world.place(snapshot_id=snapshot), 404, "snapshot_not_found")
    assert nothing_happened(world)


async def test_a_snapshot_of_other_lines_is_refused(world: ApiWorld):
    answer = await world.place(lines=[{"sku": "mug", "quantity": 3}])

    is_problem(answer, 422, "snapshot_mismatch")
    assert nothing_happened(world)


async def test_paying_a_cancelled_order_is_a_409(world: ApiWorld):
    order_id = await world.placed()
    await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})

    is_problem(await world.post(f"/v1/orders/{order_id}/payments"), 409, "payment_not_possible")


async def test_cancelling_a_shipped_order_is_a_409(world: ApiWorld):
    order_id = await world.paid()
    await world.ships(order_id)

    answer = await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})

    is_problem(answer, 409, "invalid_state_transition")
    assert (await world.workflows.order(order_id)).status is OrderStatus.SHIPPED


async def test_cancelling_a_completed_order_is_a_409(world: ApiWorld):
    order_id = await world.paid()
    await world.workflows.complete(order_id)

    is_problem(
        await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"}),
        409,
        "invalid_state_transition",
    )


@pytest.mark.parametrize("reason", ["payment_timeout", "refunded", "", "BUYER", None, 1])
async def test_callers_cancel_for_their_own_reasons_only(world: ApiWorld, reason):
    order_id = await world.placed()

    answer = await world.post(f"/v1/orders/{order_id}/cancel", {"reason": reason})

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/reason"


async def test_a_body_over_256_kib_is_a_413_whether_announced_or_streamed(world: ApiWorld):
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(BODY_LIMIT // 1024 + 1):
            yield b" " * 1024

    announced = await send(world, "/v1/orders", b" " * (BODY_LIMIT + 1))
    streamed = await world.http.post("/v1/orders", content=endless(), headers=JSON)

    is_problem(announced, 413, "body_too_large")
    is_problem(streamed, 413, "body_too_large")


async def test_a_callback_over_64_kib_is_a_413(world: ApiWorld):
    is_problem(
        await send(world, "/v1/payment-callbacks/sandbox", b" " * (CALLBACK_LIMIT + 1)), 413, "body_too_large"
    )
    assert nothing_happened(world)


async def test_a_body_just_within_the_limit_is_read(world: ApiWorld):
    body = json.dumps(await world.order_body()).encode()

    answer = await send(world, "/v1/orders", body + b" " * (BODY_LIMIT - len(body)))

    assert answer.status_code == 201


async def test_a_body_that_does_not_come_is_a_408():
    world = ApiWorld()
    world.limits = Limits(body_seconds=0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(10)

    async with api_world(world):
        answer = await world.http.post("/v1/orders", content=stuck(), headers=JSON)

    is_problem(answer, 408, "body_too_slow")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "not json",
        "{} {}",
        "[" * 100_000,
        '{"a":' * 1_000 + "1" + "}" * 1_000,
        '{"buyer_id": "a", "buyer_id": "b"}',
        '{"lines": [{"sku": "a", "sku": "b"}]}',
        b'\xff\xfe{"a": 1}',
        b'{"buyer_id": "\xff"}',
        b'{"buyer_id": "\xed\xa0\x80"}',
        '{"buyer_id": "\\ud800"}',
        '{"buyer_id": "a\x00b"}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        '{"amount": ' + "9" * 5_000 + "}",
    ],
    ids=[
        "empty",
        "cut off",
        "no JSON",
        "two documents",
        "deep lists",
        "deep objects",
        "duplicate keys",
        "duplicate keys inside",
        "bytes of no encoding",
        "bad UTF-8",
        "surrogate in UTF-8",
        "lone surrogate",
        "raw NUL",
        "byte order mark",
        "UTF-16",
        "endless number",
    ],
)
async def test_what_is_not_one_clean_json_document_is_a_400(world: ApiWorld, content):
    is_problem(await send(world, "/v1/orders", content), 400, "malformed_json")
    assert nothing_happened(world)


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


@pytest.mark.parametrize("media", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
async def test_another_content_type_is_a_415(world: ApiWorld, media):
    is_problem(
        await send(world, "/v1/orders", "{}", **{"Content-Type": media}), 415, "unsupported_media_type"
    )


async def test_a_charset_beside_the_content_type_is_fine(world: ApiWorld):
    body = json.dumps(await world.order_body())

    answer = await send(world, "/v1/orders", body, **{"Content-Type": "Application/JSON; charset=utf-8"})

    assert answer.status_code == 201


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
async def test_another_method_is_a_405_that_names_the_right_ones(world: ApiWorld, method):
    answer = await world.http.request(method, "/v1/orders")

    is_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/orders/", "/v2/orders", "/v1/orders/a/b/c"])
async def test_another_path_is_a_404(world: ApiWorld, path):
    is_problem(await world.get(path), 404, "not_found")


async def test_an_order_that_nobody_placed_is_a_404_for_every_call(world: ApiWorld):
    is_problem(await world.get("/v1/orders/ord_unknown"), 404, "order_not_found")
    is_problem(await world.get("/v1/orders/ord_unknown/events"), 404, "order_not_found")
    for call, body in {
        "cancel": {"reason": "buyer"},
        "payments": {},
        "price-confirmation": {"snapshot_id": "s"},
        "price-decline": {},
    }.items():
        is_problem(await world.post(f"/v1/orders/ord_unknown/{call}", body), 404, "order_not_found")


@pytest.mark.parametrize("order_id", ["x" * 10_000, "%00", "a%00b", "%0a", "%ff%fe"])
async def test_an_id_of_10000_characters_or_with_nul_is_a_404(world: ApiWorld, order_id):
    for path in (f"/v1/orders/{order_id}", f"/v1/orders/{order_id}/events", f"/v1/quotes/{order_id}"):
        answer = await world.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_merchant_id_that_cannot_be_one_is_a_404(world: ApiWorld):
    for merchant in ("a b", "x" * 101, "%C3%A4"):
        path = f"/v1/catalogue/merchants/{merchant}/delivery-fee"
        answer = await world.http.put(path, json={"fee": {"amount": 1, "currency": "CNY"}})
        is_problem(answer, 404, "not_found")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=1&limit=2",
        "status=unknown",
        "sort=total",
        "created_from=yesterday",
        "created_from=2026-01-01T00:00:00",
        "cursor=%00",
        "cursor=abc",
        "cursor=" + "x" * 500,
        "buyer_id=%00",
        "number=",
    ],
)
async def test_a_list_takes_only_what_is_documented(world: ApiWorld, query):
    document = is_problem(await world.get(f"/v1/orders?{query}"), 422, "invalid_request")

    assert document["errors"][0]["pointer"].strip("/") == query.partition("=")[0]
    assert world.views.asked in (None, OrderFilter())


@pytest.mark.parametrize("wait", ["31s", "20", "-1s", "1.5s", "s", "1h"])
async def test_waiting_is_given_in_whole_seconds_up_to_30(world: ApiWorld, wait):
    is_problem(await world.get(f"/v1/orders/x?wait={wait}"), 422, "invalid_request")


async def test_too_many_calls_at_once_are_a_429_with_retry_after():
    world = ApiWorld(first_answer_seconds=5)
    world.limits = Limits(requests=1)
    async with api_world(world):
        body = await world.order_body()
        world.workflows.slow = asyncio.Event()
        first = asyncio.create_task(world.post("/v1/orders", body))
        await world.until(lambda: world.workflows.checkouts)

        answer = await world.get("/v1/orders")
        alive = await world.get("/health/live")
        world.workflows.slow.set()

        is_problem(answer, 429, "too_many_requests")
        assert int(answer.headers["retry-after"]) >= 1
        assert alive.status_code == 200
        assert (await first).status_code == 201


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
    assert (await world.catalogue.page(["new"], "CNY")).items == {}


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


def test_the_mug_costs_what_the_tests_say():
    assert cny(3_200) == cny(1_000) * 2 + cny(1_200)
