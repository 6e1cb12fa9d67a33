"""Whatever is sent: never a 5xx, and never an order from something that is not one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.api_world import ADDRESS, LINES, ApiWorld, api_world

CALLS = (
    ("POST", "/v1/quotes"),
    ("POST", "/v1/prices/display"),
    ("POST", "/v1/prices/order"),
    ("POST", "/v1/prices/payment"),
    ("POST", "/v1/holds"),
    ("PUT", "/v1/vouchers/v"),
    ("POST", "/v1/orders"),
    ("PUT", "/v1/catalogue/items"),
    ("PUT", "/v1/catalogue/merchants/m/delivery-fee"),
    ("POST", "/v1/orders/ord_x/cancel"),
    ("POST", "/v1/orders/ord_x/payments"),
    ("POST", "/v1/orders/ord_x/price-confirmation"),
    ("PUT", "/v1/orders/ord_x/address"),
    ("POST", "/v1/orders/ord_x/accept"),
    ("POST", "/v1/orders/ord_x/returns"),
    ("POST", "/v1/orders/ord_x/returns/ret_x/decision"),
    ("POST", "/v1/orders/ord_x/returns/ret_x/receipt"),
    ("POST", "/v1/orders/ord_x/returns/ret_x/exchange"),
    ("POST", "/v1/orders/ord_x/refunds"),
    ("POST", "/v1/orders/ord_x/payment-review"),
    ("POST", "/v1/orders/ord_x/notes"),
    ("PUT", "/v1/merchants/m/terms"),
    ("PUT", "/v1/warehouses/w/stock/s"),
    ("POST", "/v1/reconciliations"),
    ("POST", "/v1/reconciliations/rec_x/differences/dif_x/repair"),
    ("POST", "/v1/reconciliations/rec_x/differences/dif_x/park"),
    ("POST", "/v1/shipments/shp_x/events"),
    ("POST", "/v1/carrier-callbacks/sandbox"),
    ("POST", "/v1/payment-callbacks/sandbox"),
)
FIELDS = (
    "buyer_id",
    "snapshot_id",
    "lines",
    "sku",
    "quantity",
    "scene",
    "currency",
    "items",
    "fee",
    "reason",
    "skus",
    "points",
    "at",
    "draft_promotion",
    "registered_at",
    "condition",
    "services",
    "handling",
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=20,
)
BOUNDED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


Sender = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def send() -> Iterator[Sender]:
    """Sends to one API for all examples, in a loop of its own: hypothesis is not asynchronous."""
    opened = api_world(ApiWorld())
    with asyncio.Runner() as runner:
        world = runner.run(opened.__aenter__())

        def one(method: str, url: str, content: bytes = b"") -> httpx.Response:
            headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
            answer = runner.run(world.http.request(method, url, content=content, headers=headers))
            assert world.intake._accepted == {}
            assert world.stock.holds == {}
            return answer

        yield one
        runner.run(opened.__aexit__(None, None, None))


@BOUNDED
@given(call=st.sampled_from(CALLS), document=documents)
def test_no_json_document_breaks_a_call(send, call, document):
    answer = send(*call, json.dumps(document).encode())

    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


@BOUNDED
@given(call=st.sampled_from(CALLS), content=st.binary(max_size=200))
def test_no_bytes_break_a_call(send, call, content):
    assert 400 <= send(*call, content).status_code < 500


@BOUNDED
@given(
    field=st.sampled_from(["buyer_id", "snapshot_id", "lines", "address"]),
    value=documents.filter(lambda value: value != LINES),
)
def test_an_order_with_one_strange_field_is_refused(send, field, value):
    body = {"buyer_id": "buyer-1", "snapshot_id": "snap_unknown", "lines": LINES, "address": ADDRESS}

    assert 400 <= send("POST", "/v1/orders", json.dumps({**body, field: value}).encode()).status_code < 500


WISHES = {
    "scene": "checkout",
    "currency": "CNY",
    "buyer_id": "buyer-1",
    "lines": LINES,
    "at": "2026-01-05T12:00:00Z",
}
DRAFT = {
    "kind": "flash_sale",
    "name": "Half price",
    "terms": {"prices": {"mug": 500}},
    "currency": "CNY",
    "starts_at": "2026-01-01T00:00:00Z",
    "ends_at": "2026-02-01T00:00:00Z",
    "funder": "merchant",
    "merchant_id": "shop-7",
}
KINDS = (
    "flash_sale",
    "new_buyer_price",
    "vip_price",
    "bundle_percentage",
    "bundle_amount",
    "bundle_total",
    "buy_gift",
    "shop_threshold",
    "shop_tiered",
    "platform_threshold",
    "platform_tiered",
)
TERMS = (
    "prices",
    "min_quantity",
    "basis_points",
    "max_rounds",
    "amount",
    "total",
    "gift_sku",
    "minimum",
    "tiers",
)


@BOUNDED
@given(
    field=st.sampled_from(
        ["region", "payment_method", "voucher_code", "points", "services", "hold_ids", "at", "scene"]
    ),
    value=documents,
)
def test_a_price_with_one_strange_wish_is_told_or_refused(send, field, value):
    answer = send("POST", "/v1/quotes", json.dumps({**WISHES, field: value}).encode())

    assert answer.status_code in {200, 201, 400, 404, 422}


@BOUNDED
@given(
    kind=st.sampled_from(KINDS),
    terms=st.dictionaries(st.sampled_from(TERMS), documents | st.integers(0, 10_000), max_size=4),
    field=st.sampled_from(["skus", "segments", "condition", "priority", "min_quantity", "ends_at", "id"]),
    value=documents,
)
def test_no_draft_of_a_promotion_breaks_a_price(send, kind, terms, field, value):
    draft = {**DRAFT, "kind": kind, "terms": terms, field: value}

    answer = send("POST", "/v1/quotes", json.dumps({**WISHES, "draft_promotion": draft}).encode())

    assert answer.status_code in {200, 400, 422}


@BOUNDED
@given(path=st.sampled_from(["/v1/buyers/b", "/v1/buyers/b/points"]), document=documents)
def test_what_is_said_of_a_buyer_is_taken_or_refused(send, path, document):
    assert send("PUT", path, json.dumps(document).encode()).status_code in {204, 400, 422}


@BOUNDED
@given(
    rules=st.dictionaries(
        st.sampled_from(
            ["services", "platform", "handling", "payment_discounts", "points", "deduction_cap", "selectors"]
        ),
        documents,
        max_size=3,
    )
)
def test_fee_rules_are_set_or_refused(send, rules):
    answer = send("PUT", "/v1/fee-rules/KWD", json.dumps(rules).encode())

    assert answer.status_code in {204, 400, 422}


@BOUNDED
@given(snapshot=st.text(max_size=60), picture=st.sampled_from(["", "/waterfall.svg", "/waterfall.png"]))
def test_no_id_of_a_quote_or_a_hold_breaks_the_api(send, snapshot, picture):
    assert send("GET", f"/v1/quotes/{quote(snapshot, safe='')}{picture}").status_code in {404, 405}
    assert send("DELETE", f"/v1/holds/{quote(snapshot, safe='')}").status_code in {404, 405}


@BOUNDED
@given(path=st.text(max_size=60), query=st.text(max_size=60))
def test_no_address_breaks_the_api(send, path, query):
    url = f"/v1/orders/{quote(path)}?{quote(query, safe='=&')}"

    assert send("GET", url).status_code in {200, 404, 422}
