"""Another context places orders over gRPC on real servers, and what is stored of them has its two forms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest

from adapters.grpc.calling import Caller
from adapters.grpc.order_context import GrpcOrderContext
from adapters.protobuf.events import contradicts
from adapters.protobuf.v1 import inventory_pb2
from adapters.settings import Settings
from api.access import ApiKeys
from api.app import build_services
from api.grpc.serving import serving
from domain.address import Address
from domain.ports.order_context import OrderV1, PlaceOrderRequest
from tests.integration.api.conftest import RealApi
from tests.support.api_world import ADDRESS, an_item

RESERVE, RELEASE = "/orderkeep.v1.Inventory/ReserveStock", "/orderkeep.v1.Inventory/ReleaseStock"


@pytest.fixture
async def channel(real_api: RealApi, values: dict[str, Any]) -> AsyncIterator[grpc.aio.Channel]:
    services = build_services(Settings(_env_file=None, **values), real_api.ports)
    async with (
        serving("127.0.0.1", 0, services, ApiKeys(["caller:sesame"])) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield channel
    services.painter.close()
    await services.background.drain(5)


@pytest.fixture
def context(channel: grpc.aio.Channel) -> GrpcOrderContext:
    return GrpcOrderContext(channel, api_key="sesame", deadline=timedelta(seconds=30))


async def a_request(api: RealApi) -> PlaceOrderRequest:
    body = await api.order_body()
    return PlaceOrderRequest(
        uuid4().hex, body["buyer_id"], body["snapshot_id"], (("mug", 2),), Address(**ADDRESS)
    )


async def begun(context: GrpcOrderContext, order_id: str) -> OrderV1:
    async with asyncio.timeout(60):
        while (order := await context.get_order(order_id)).status == "draft":  # noqa: ASYNC110 - another process begins it
            await asyncio.sleep(0.05)
        return order


async def test_an_order_of_another_context_runs_as_every_other(real_api: RealApi, context: GrpcOrderContext):
    request = await a_request(real_api)

    order_id = await context.place_order(request)
    assert await context.place_order(request) == order_id
    order = await begun(context, order_id)

    shown = (await real_api.http.get(f"/v1/orders/{order_id}")).json()
    assert (order.status, order.payment_status) == ("created", "pending")
    assert (order.number, order.version) == (shown["number"], shown["version"])
    assert order.address == Address(**ADDRESS)


async def test_every_stored_event_says_the_same_as_protobuf(real_api: RealApi, context: GrpcOrderContext):
    order_id = await context.place_order(await a_request(real_api))
    await begun(context, order_id)

    events = await real_api.ports.events.read(order_id)

    assert [event.event_type for event in events[:2]] == ["OrderDrafted", "OrderCreated"]
    assert all(event.body for event in events)
    assert [contradicts(event) for event in events] == [None] * len(events)


async def test_a_reservation_holds_real_stock(real_api: RealApi, channel: grpc.aio.Channel):
    caller = Caller(channel, (), api_key="sesame", deadline=timedelta(seconds=30))
    sku = f"sku-{uuid4().hex}"
    await real_api.http.put("/v1/catalogue/items", json={"items": [an_item(sku, stock=5)]})
    wanted = inventory_pb2.ReserveStockRequest(sku_id=sku, quantity=3, reservation_reference="r" * 100)
    given_back = inventory_pb2.ReleaseStockRequest(reservation_reference="r" * 100)

    reserved = [await caller.call(RESERVE, wanted, inventory_pb2.Reservation) for _ in range(2)]
    held = await real_api.ports.stock.level(sku)
    await caller.call(RELEASE, given_back, inventory_pb2.Reservation)
    free = await real_api.ports.stock.level(sku)

    assert reserved[0] == reserved[1]
    assert held is not None
    assert free is not None
    assert (held.available, held.held) == (2, 3)
    assert (free.available, free.held) == (5, 0)
