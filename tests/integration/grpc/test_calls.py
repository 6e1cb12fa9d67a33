"""What every call over gRPC passes through: keys and scopes, deadlines, limits, outages, bad bytes."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from adapters.protobuf.v1 import inventory_pb2, orders_pb2, pricing_pb2
from api.access import ApiKeys
from api.edge import Limits
from api.grpc.serving import serving
from tests.support.api_world import ApiWorld
from tests.support.grpc_caller import GrpcCaller, Refusal, grpc_caller

SHOWN = pricing_pb2.DisplayPricesRequest(currency="CNY", skus=["mug"])
DISPLAY = "Pricing/DisplayPrices"
Status = grpc.StatusCode


async def test_a_call_without_a_key_is_refused_where_keys_are_needed(world: ApiWorld):
    async with grpc_caller(world, ["caller:sesame"]) as caller:
        refusals = [
            await caller.refused(DISPLAY, SHOWN),
            await caller.refused(DISPLAY, SHOWN, key="open"),
            await caller.refused(DISPLAY, SHOWN, metadata=(("authorization", "sesame"),)),
        ]
        shown = await caller.call(DISPLAY, SHOWN, pricing_pb2.DisplayPricesResponse, key="sesame")

    assert {(refused.status, refused.code) for refused in refusals} == {
        (Status.UNAUTHENTICATED, "unauthorised")
    }
    assert shown.items


@pytest.mark.parametrize(
    ("scope", "method", "request_"),
    [
        ("finance", DISPLAY, SHOWN),
        ("ops", "Pricing/OrderPrice", pricing_pb2.OrderPriceRequest()),
        ("merchant", "Pricing/PaymentPrice", pricing_pb2.PaymentPriceRequest()),
        ("operator", "OrderContext/PlaceOrder", orders_pb2.PlaceOrderRequest()),
        ("ops", "OrderContext/GetOrder", orders_pb2.GetOrderRequest()),
        ("finance", "Inventory/ReserveStock", inventory_pb2.ReserveStockRequest()),
        ("merchant", "Inventory/ReleaseStock", inventory_pb2.ReleaseStockRequest()),
    ],
)
async def test_a_key_is_good_for_its_scopes_only(world: ApiWorld, scope: str, method: str, request_: Any):
    async with grpc_caller(world, [f"{scope}:sesame"]) as caller:
        refused = await caller.refused(method, request_, key="sesame")

    assert (refused.status, refused.code) == (Status.PERMISSION_DENIED, "wrong_scope")
    assert '"needed"' in refused.problem.facts


@pytest.mark.parametrize("body", [b"\xff", b"\x0a\xff", b"\x0a\x02\xff\xfe", b"{}"])
async def test_bytes_that_are_no_message_are_refused(caller: GrpcCaller, body: bytes):
    refused = await caller.refused(DISPLAY, body)

    assert (refused.status, refused.code) == (Status.INVALID_ARGUMENT, "invalid_request")
    assert refused.problem.errors[0].detail == "not the bytes of this message"


async def test_more_than_a_request_may_hold_never_reaches_a_use_case(caller: GrpcCaller):
    request = pricing_pb2.DisplayPricesRequest(currency="CNY", skus=["x" * 1_000] * 300)

    assert (await caller.refused(DISPLAY, request)).status is Status.RESOURCE_EXHAUSTED


async def test_a_call_that_nobody_offers_is_told(caller: GrpcCaller):
    assert (await caller.refused("Pricing/GuessPrice", b"")).status is Status.UNIMPLEMENTED
    assert (await caller.refused("Fortune/Tell", b"")).status is Status.UNIMPLEMENTED


async def test_what_is_not_answered_by_the_deadline_is_given_up(
    world: ApiWorld, caller: GrpcCaller, monkeypatch: pytest.MonkeyPatch
):
    given_up = asyncio.Event()

    async def never(*_: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    monkeypatch.setattr(world.services.desk, "quote", never)

    refused = await caller.refused(DISPLAY, SHOWN, seconds=0.2)

    assert refused.status is Status.DEADLINE_EXCEEDED
    async with asyncio.timeout(10):
        await given_up.wait()


async def test_a_caller_without_a_deadline_waits_no_longer_than_ours(
    world: ApiWorld, caller: GrpcCaller, monkeypatch: pytest.MonkeyPatch
):
    async def never(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(world.services.desk, "quote", never)
    monkeypatch.setattr("api.grpc.calls.LONGEST_CALL", 0.1)

    refused = await caller.refused(DISPLAY, SHOWN)

    assert (refused.status, refused.code) == (Status.DEADLINE_EXCEEDED, "deadline_exceeded")


async def test_an_outage_asks_to_come_back(
    world: ApiWorld, caller: GrpcCaller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async def away(*_: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(world.services.desk, "quote", away)

    refused = await caller.refused(DISPLAY, SHOWN)

    assert (refused.status, refused.code) == (Status.UNAVAILABLE, "dependency_unavailable")
    assert refused.problem.retry_after == 2
    assert refused.request_id in caplog.text


async def test_a_defect_of_ours_tells_nothing_but_where_to_find_it(
    world: ApiWorld, caller: GrpcCaller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async def broken(*_: Any) -> None:
        raise RuntimeError("the secret recipe")

    monkeypatch.setattr(world.services.desk, "quote", broken)

    with caplog.at_level(logging.ERROR):
        refused = await caller.refused(DISPLAY, SHOWN)

    assert (refused.status, refused.code) == (Status.INTERNAL, "internal_error")
    assert "recipe" not in str(refused.problem)
    assert refused.request_id == refused.problem.request_id
    assert refused.request_id in caplog.text


async def test_the_caller_may_name_the_call(caller: GrpcCaller):
    named = await caller.refused(DISPLAY, b"\xff", metadata=(("x-request-id", "my-call-0001"),))
    unusable = await caller.refused(DISPLAY, b"\xff", metadata=(("x-request-id", "a b"),))

    assert named.request_id == named.problem.request_id == "my-call-0001"
    assert unusable.request_id.startswith("req_")


async def test_too_many_calls_at_once_are_refused_and_the_others_answered(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
):
    go_on = asyncio.Event()
    quote = world.services.desk.quote

    async def slow(*given: Any) -> Any:
        await go_on.wait()
        return await quote(*given)

    monkeypatch.setattr(world.services.desk, "quote", slow)
    async with grpc_caller(world, limits=Limits(requests=2)) as caller:
        calls = [asyncio.create_task(caller.raw(DISPLAY, SHOWN)) for _ in range(5)]
        refused, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_EXCEPTION)
        go_on.set()
        answers = await asyncio.gather(*calls, return_exceptions=True)

    told = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert refused
    assert {Refusal.of(error).status for error in told} == {Status.RESOURCE_EXHAUSTED}
    assert len(answers) - len(told) >= 2


async def test_health_is_told_for_each_service_and_for_all(caller: GrpcCaller):
    stub: Any = health_pb2_grpc.HealthStub(caller.channel)
    names = ["", "orderkeep.v1.OrderContext", "orderkeep.v1.Pricing", "orderkeep.v1.Inventory"]

    told = [await stub.Check(health_pb2.HealthCheckRequest(service=name)) for name in names]

    assert {answer.status for answer in told} == {health_pb2.HealthCheckResponse.SERVING}


async def test_reflection_tells_what_there_is(caller: GrpcCaller):
    channel: Any = caller.channel
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="orderkeep.v1.Pricing"),
    ]

    listed, file = [answer async for answer in stub.ServerReflectionInfo(iter(asked))]

    names = {service.name for service in listed.list_services_response.service}
    assert names >= {"orderkeep.v1.OrderContext", "orderkeep.v1.Pricing", "orderkeep.v1.Inventory"}
    assert names >= {"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    assert b"OrderPriceRequest" in file.file_descriptor_response.file_descriptor_proto[0]


async def test_running_calls_are_answered_before_the_server_ends(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
):
    begun, go_on = asyncio.Event(), asyncio.Event()
    quote = world.services.desk.quote

    async def slow(*given: Any) -> Any:
        begun.set()
        await go_on.wait()
        return await quote(*given)

    monkeypatch.setattr(world.services.desk, "quote", slow)
    served = serving("127.0.0.1", 0, world.services, ApiKeys(()))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await served.__aenter__()}") as channel:
        caller = GrpcCaller(channel, world)
        call = asyncio.create_task(caller.raw(DISPLAY, SHOWN))
        await begun.wait()
        ending = asyncio.create_task(served.__aexit__(None, None, None))
        late = await caller.refused("Pricing/GuessPrice", b"")
        while late.status is not Status.UNAVAILABLE:
            late = await caller.refused("Pricing/GuessPrice", b"")
        go_on.set()

        assert pricing_pb2.DisplayPricesResponse.FromString(await call).items
        await ending
