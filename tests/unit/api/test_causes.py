"""Over HTTP, gRPC and message alike an order is laid to the request that asked for it, and to its trace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.grpc.order_context import GrpcOrderContext
from domain.address import Address
from domain.ports.order_context import PlaceOrderRequest
from tests.support.api_world import ADDRESS, ApiWorld
from tests.support.grpc_caller import grpc_caller
from tests.unit.messaging.commanding import commander

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"


async def test_over_http_by_its_own_id_and_trace(world: ApiWorld):
    body = await world.order_body()

    await world.http.post(
        "/v1/orders",
        json=body,
        headers={"Idempotency-Key": "k", "X-Request-Id": "checkout-1", "traceparent": TRACEPARENT},
    )

    (start,) = world.workflows.started.values()
    assert (start.correlation_id, start.trace_id) == ("checkout-1", TRACE)


async def test_by_message_by_the_correlation_that_its_sender_knows():
    async with commander() as sender:
        body = await sender.world.order_body()

        await sender.asks(
            "place_order", body, idempotency_key="p-1", correlation_id="c:1", traceparent=TRACEPARENT
        )

        (start,) = sender.world.workflows.started.values()
    assert (start.correlation_id, start.trace_id) == ("c:1", TRACE)


async def test_over_grpc_by_its_own_id_and_trace(world: ApiWorld):
    body = await world.order_body()
    async with grpc_caller(world) as caller:
        context = GrpcOrderContext(caller.channel)
        wanted = PlaceOrderRequest(
            "k", body["buyer_id"], body["snapshot_id"], (("mug", 2),), Address(**ADDRESS)
        )
        order_id = await context.place_order(replace(wanted, request_id="call-0001", trace_id=TRACE))

    entry = await world.intake.find(order_id)
    assert entry is not None
    assert (entry.command.correlation_id, entry.command.trace_id) == ("call-0001", TRACE)


async def test_without_an_id_of_the_callers_it_is_the_one_that_the_answer_names(world: ApiWorld):
    body = await world.order_body()

    answer = await world.post("/v1/orders", body, "k")

    (start,) = world.workflows.started.values()
    assert (start.correlation_id, start.trace_id) == (answer.headers["x-request-id"], "")


@pytest.mark.parametrize(
    ("traceparent", "trace"),
    [
        (TRACEPARENT, TRACE),
        (f"cc-{TRACE}-{SPAN}-01-what-later-versions-say", TRACE),
        (f"00-{TRACE}-{SPAN}-01-more", ""),
        (f"ff-{TRACE}-{SPAN}-01", ""),
        (f"00-{'0' * 32}-{SPAN}-01", ""),
        (f"00-{TRACE}-{'0' * 16}-01", ""),
        (f"00-{TRACE.upper()}-{SPAN}-01", ""),
        (f"00-{TRACE}-{SPAN}", ""),
        ("nonsense", ""),
    ],
)
async def test_only_a_trace_that_is_one_is_believed(world: ApiWorld, traceparent: str, trace: str):
    body = await world.order_body()

    answer = await world.post("/v1/orders", body, "k", traceparent=traceparent)

    (start,) = world.workflows.started.values()
    assert (answer.status_code, start.trace_id) == (201, trace)
