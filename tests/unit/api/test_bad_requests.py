"""Requests that ask for what is not there or not possible: no side effect, no 5xx."""

from __future__ import annotations

import asyncio

import pytest

from api.edge import Limits
from domain.order.status import OrderStatus
from domain.ports.projections import OrderFilter
from tests.support.api_world import ApiWorld, api_world
from tests.support.problems import is_problem, nothing_happened


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
