"""Every kind of bad call: refused with a clear word, without a trace, and the next order is placed."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from tests.integration.grpc.test_orders_over_grpc import a_request, places
from tests.support.api_world import ApiWorld
from tests.support.grpc_caller import GrpcCaller, Refusal

Status = grpc.StatusCode
PLACE = "orderkeep.v1.OrderContext/PlaceOrder"
ANOTHER_STREET = {"street": "9 Hill Road", "city": "Leeds", "zip_code": "LS1 4AP", "country": "GB"}


async def refused(caller: GrpcCaller, method: str, body: bytes) -> Refusal:
    call: Any = caller.channel.unary_unary(f"/{method}")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call(body, timeout=30)
    return Refusal.of(error.value)


# What is called, and what is changed in a good request: fields, or the bytes themselves.
BAD: dict[str, tuple[str, dict[str, Any] | bytes, Status, str]] = {
    "unknown call": ("orderkeep.v1.OrderContext/StealOrder", {}, Status.UNIMPLEMENTED, ""),
    "unknown version": ("orderkeep.v2.OrderContext/PlaceOrder", {}, Status.UNIMPLEMENTED, ""),
    "broken bytes": (PLACE, b"\x0a\xff", Status.INVALID_ARGUMENT, "invalid_request"),
    "lines that contradict the snapshot": (
        PLACE,
        {"lines": [{"sku": "mug", "quantity": 99}]},
        Status.INVALID_ARGUMENT,
        "snapshot_mismatch",
    ),
    "a reused key": (
        PLACE,
        {"key": "taken", "address": ANOTHER_STREET},
        Status.INVALID_ARGUMENT,
        "idempotency_key_reused",
    ),
    "no key": (PLACE, {"key": ""}, Status.INVALID_ARGUMENT, "invalid_request"),
    "oversize": (PLACE, b"\x0a" + b"\xff" * 300_000, Status.RESOURCE_EXHAUSTED, ""),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_call_is_refused_and_the_next_order_is_placed(
    world: ApiWorld, caller: GrpcCaller, name: str
) -> None:
    method, changed, status, code = BAD[name]
    first = await places(caller, await a_request(world, key="taken"))
    if isinstance(changed, bytes):
        body = changed
    else:
        body = (await a_request(world, **{"key": "bad", **changed})).SerializeToString()

    said = await refused(caller, method, body)

    assert (said.status, said.code) == (status, code)
    assert set(world.workflows.started) <= {first}
    after = await places(caller, await a_request(world, key="good"))
    assert after != first
    await world.until(lambda: set(world.workflows.started) == {first, after})
    assert (await world.get(f"/v1/orders/{after}")).json()["status"] == "created"
