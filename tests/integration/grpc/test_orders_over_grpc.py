"""Orders over gRPC beside those over HTTP: one shop, one set of keys for each caller, the same reach."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from adapters.protobuf.v1 import orders_pb2
from tests.support.api_world import ADDRESS, LINES, ApiWorld, api_world
from tests.support.grpc_caller import GrpcCaller, grpc_caller

Status = grpc.StatusCode


async def a_request(world: ApiWorld, key: str = "key-1", **changes: Any) -> orders_pb2.PlaceOrderRequest:
    body = {**await world.order_body(), "key": key, **changes}
    return orders_pb2.PlaceOrderRequest(**body)


async def places(caller: GrpcCaller, request: orders_pb2.PlaceOrderRequest, **stated: Any) -> str:
    placed = await caller.call("OrderContext/PlaceOrder", request, orders_pb2.PlaceOrderResponse, **stated)
    return placed.order_id


async def looks(caller: GrpcCaller, order_id: str, **stated: Any) -> orders_pb2.Order:
    request = orders_pb2.GetOrderRequest(order_id=order_id)
    return await caller.call("OrderContext/GetOrder", request, orders_pb2.Order, **stated)


async def test_an_order_placed_here_begins_at_once_and_is_seen_over_http(world: ApiWorld, caller: GrpcCaller):
    order_id = await places(caller, await a_request(world))

    await world.until(lambda: order_id in world.workflows.started)
    order = (await world.get(f"/v1/orders/{order_id}")).json()
    seen = await looks(caller, order_id)

    assert (order["number"], order["version"]) == (seen.number, seen.version)
    assert order["total"] == {"amount": seen.total.amount, "currency": seen.total.currency}
    assert (seen.status, seen.payment_status) == (
        orders_pb2.ORDER_STATUS_CREATED,
        orders_pb2.PAYMENT_STATUS_PENDING,
    )
    assert seen.address.street == ADDRESS["street"]
    assert [(line.sku, line.quantity) for line in seen.lines] == [(LINES[0]["sku"], LINES[0]["quantity"])]


async def test_two_callers_may_choose_the_same_key():
    async with api_world() as world, grpc_caller(world, ["caller:one", "caller:two"]) as caller:
        first, second = await a_request(world), await a_request(world)

        placed = [
            await places(caller, first, key="one"),
            await places(caller, second, key="two"),
            await places(caller, first, key="one"),
        ]
        reused = await caller.refused("OrderContext/PlaceOrder", second, key="one")

    assert placed[0] == placed[2] != placed[1]
    assert (reused.status, reused.code) == (Status.INVALID_ARGUMENT, "idempotency_key_reused")


async def test_a_key_over_http_is_another_one_than_here(world: ApiWorld, caller: GrpcCaller):
    request = await a_request(world, key="key-http")
    order_id = await places(caller, request)

    over_http = await world.place(key="key-http")

    assert over_http.json()["order"]["id"] != order_id


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"key": ""}, "/key"),
        ({"key": "ä"}, "/key"),
        ({"key": "k" * 201}, "/key"),
        ({"buyer_id": ""}, "/buyer_id"),
        ({"buyer_id": "a b"}, "/buyer_id"),
        ({"snapshot_id": "\n"}, "/snapshot_id"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"sku": "mug", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "", "quantity": 1}]}, "/lines/0/sku"),
        ({"address": {**ADDRESS, "country": "England"}}, "/address/country"),
        ({"address": {"street": "1 Mill Lane"}}, "/address/city"),
        ({"address": {"sealed": "somebody's", "country": "GB"}}, "/address/street"),
    ],
)
async def test_a_request_that_is_not_as_documented_is_refused_with_its_field(
    world: ApiWorld, caller: GrpcCaller, changes: dict[str, Any], pointer: str
):
    refused = await caller.refused("OrderContext/PlaceOrder", await a_request(world, **changes))

    assert (refused.status, refused.code) == (Status.INVALID_ARGUMENT, "invalid_request")
    assert pointer in {field.pointer for field in refused.problem.errors}
    assert not world.workflows.started


async def test_a_snapshot_of_somebody_else_is_no_snapshot(world: ApiWorld, caller: GrpcCaller):
    request = await a_request(world, buyer_id="buyer-2")

    refused = await caller.refused("OrderContext/PlaceOrder", request)

    assert (refused.status, refused.code) == (Status.NOT_FOUND, "snapshot_not_found")


async def test_a_merchant_sees_the_orders_with_its_lines_and_no_others():
    keys = ["caller:buyer", "merchant@shop-7:seven", "merchant@shop-8:eight"]
    async with api_world() as world, grpc_caller(world, keys) as caller:
        order_id = await places(caller, await a_request(world), key="buyer")

        seen = await looks(caller, order_id, key="seven")
        request = orders_pb2.GetOrderRequest(order_id=order_id)
        refused = await caller.refused("OrderContext/GetOrder", request, key="eight")

    assert seen.order_id == order_id
    assert (refused.status, refused.code) == (Status.NOT_FOUND, "order_not_found")


@pytest.mark.parametrize("order_id", ["", "ord_none", "price:tea", "\x00"])
async def test_an_order_that_nobody_placed_is_not_found(caller: GrpcCaller, order_id: str):
    request = orders_pb2.GetOrderRequest(order_id=order_id)

    refused = await caller.refused("OrderContext/GetOrder", request)

    assert (refused.status, refused.code) == (Status.NOT_FOUND, "order_not_found")
