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
    ("POST", "/v1/orders"),
    ("PUT", "/v1/catalogue/items"),
    ("PUT", "/v1/catalogue/merchants/m/delivery-fee"),
    ("POST", "/v1/orders/ord_x/cancel"),
    ("POST", "/v1/orders/ord_x/payments"),
    ("POST", "/v1/orders/ord_x/price-confirmation"),
    ("POST", "/v1/shipments/shp_x/events"),
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


@BOUNDED
@given(path=st.text(max_size=60), query=st.text(max_size=60))
def test_no_address_breaks_the_api(send, path, query):
    url = f"/v1/orders/{quote(path)}?{quote(query, safe='=&')}"

    assert send("GET", url).status_code in {200, 404, 422}
