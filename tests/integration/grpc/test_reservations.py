"""Reservations over gRPC (requirement A29): a SKU, more than none of it, and the caller's own reference."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import grpc
import pytest

from adapters.protobuf.v1 import inventory_pb2
from tests.support.api_world import ApiWorld, api_world
from tests.support.grpc_caller import GrpcCaller, grpc_caller
from tests.support.price_api import counts

Status = grpc.StatusCode


def wanted(quantity: int = 2, sku: str = "mug", reference: str = "cart-1") -> Any:
    return inventory_pb2.ReserveStockRequest(sku_id=sku, quantity=quantity, reservation_reference=reference)


async def reserves(caller: GrpcCaller, request: Any, **stated: Any) -> inventory_pb2.Reservation:
    return await caller.call("Inventory/ReserveStock", request, inventory_pb2.Reservation, **stated)


async def releases(caller: GrpcCaller, reference: str = "cart-1") -> inventory_pb2.Reservation:
    request = inventory_pb2.ReleaseStockRequest(reservation_reference=reference)
    return await caller.call("Inventory/ReleaseStock", request, inventory_pb2.Reservation)


async def test_what_is_reserved_is_free_for_nobody_else_until_it_is_released(
    world: ApiWorld, caller: GrpcCaller
):
    reserved = await reserves(caller, wanted())
    held = await counts(world)
    released = await releases(caller)

    assert (reserved.reservation_reference, reserved.sku_id, reserved.quantity) == ("cart-1", "mug", 2)
    assert reserved.status == inventory_pb2.RESERVATION_STATUS_ACTIVE
    assert reserved.expires_at.ToDatetime() == (world.clock.now() + timedelta(minutes=5)).replace(tzinfo=None)
    assert held == (98, 2)
    assert released.status == inventory_pb2.RESERVATION_STATUS_RELEASED
    assert await counts(world) == (100, 0)


async def test_the_same_again_is_the_same_reservation(world: ApiWorld, caller: GrpcCaller):
    first = await reserves(caller, wanted())
    world.clock.passes(timedelta(minutes=1))

    assert await reserves(caller, wanted()) == first
    assert await counts(world) == (98, 2)
    assert await releases(caller) == await releases(caller)


async def test_a_reference_never_serves_another_reservation(world: ApiWorld, caller: GrpcCaller):
    await reserves(caller, wanted())

    refused = await caller.refused("Inventory/ReserveStock", wanted(quantity=3))

    assert (refused.status, refused.code) == (Status.INVALID_ARGUMENT, "idempotency_key_reused")
    assert await counts(world) == (98, 2)


async def test_what_was_given_back_stays_given_back(world: ApiWorld, caller: GrpcCaller):
    await reserves(caller, wanted())
    await releases(caller)

    assert (await reserves(caller, wanted())).status == inventory_pb2.RESERVATION_STATUS_RELEASED
    assert await counts(world) == (100, 0)


@pytest.mark.parametrize("given_back", [False, True])
async def test_what_has_expired_is_reserved_anew(world: ApiWorld, caller: GrpcCaller, given_back: bool):
    first = await reserves(caller, wanted())
    world.clock.passes(timedelta(minutes=6))
    if given_back:
        await world.stock.expire_holds(world.clock.now(), 10)

    again = await reserves(caller, wanted())

    assert again.status == inventory_pb2.RESERVATION_STATUS_ACTIVE
    assert again.expires_at.seconds - first.expires_at.seconds == 6 * 60
    assert await counts(world) == (98, 2)


async def test_too_little_is_refused_whole(world: ApiWorld, caller: GrpcCaller):
    refused = await caller.refused("Inventory/ReserveStock", wanted(quantity=101))

    assert (refused.status, refused.code) == (Status.FAILED_PRECONDITION, "out_of_stock")
    assert '"available":100' in refused.problem.facts
    assert await counts(world) == (100, 0)


async def test_two_callers_may_choose_the_same_reference():
    async with api_world() as world, grpc_caller(world, ["caller:one", "caller:two"]) as caller:
        await reserves(caller, wanted(2), key="one")
        await reserves(caller, wanted(3), key="two")

        assert await counts(world) == (95, 5)


@pytest.mark.parametrize("reference", ["hold", "order"])
async def test_a_reservation_reaches_no_hold_of_a_cart_or_an_order(
    world: ApiWorld, caller: GrpcCaller, reference: str
):
    body = {"buyer_id": "buyer-1", "lines": [{"sku": "mug", "quantity": 1}]}
    named = (
        (await world.post("/v1/holds", body)).json()["id"] if reference == "hold" else await world.placed()
    )
    before = await counts(world)
    request = inventory_pb2.ReleaseStockRequest(reservation_reference=named)

    refused = await caller.refused("Inventory/ReleaseStock", request)

    assert (refused.status, refused.code) == (Status.NOT_FOUND, "hold_not_found")
    assert await counts(world) == before


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        (wanted(quantity=0), "/quantity"),
        (wanted(quantity=-1), "/quantity"),
        (wanted(quantity=10_000), "/quantity"),
        (wanted(sku=""), "/sku_id"),
        (wanted(reference=""), "/reservation_reference"),
        (wanted(reference="two words"), "/reservation_reference"),
        (wanted(reference="r" * 101), "/reservation_reference"),
    ],
)
async def test_nothing_of_something_is_no_reservation(
    world: ApiWorld, caller: GrpcCaller, request_: Any, pointer: str
):
    refused = await caller.refused("Inventory/ReserveStock", request_)

    assert (refused.status, refused.code) == (Status.INVALID_ARGUMENT, "invalid_request")
    assert [field.pointer for field in refused.problem.errors] == [pointer]
    assert await counts(world) == (100, 0)
