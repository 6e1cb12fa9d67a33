"""What a client of the order context makes of everything that is no answer."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import grpc
import pytest

from adapters.grpc.calling import RemoteCallError
from adapters.grpc.order_context import GrpcOrderContext
from api.access import ApiKeys
from api.edge import Limits
from api.grpc.calls import Calls
from api.grpc.orders import SERVICE, OrderCalls
from api.grpc.serving import answering
from domain.address import Address
from domain.ports.order_context import OrderV1, PlaceOrderRequest, UnknownOrderError
from domain.ports.personal_data import BuyerErasedError

SECONDS = timedelta(seconds=30)
REQUEST = PlaceOrderRequest("key-1", "buyer-1", "snap-1", (("mug", 1),))


class Stubborn:
    """An order context that raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def place_order(self, request: PlaceOrderRequest) -> str:
        raise self.error

    async def get_order(self, order_id: str) -> OrderV1:
        raise self.error


@asynccontextmanager
async def client_of(
    context: Any, *keys: str, deadline: timedelta = SECONDS, **options: Any
) -> AsyncIterator[GrpcOrderContext]:
    handlers = {SERVICE: OrderCalls(context).handlers(Calls(ApiKeys(keys), (ConnectionError,)))}
    async with (
        answering("127.0.0.1:0", handlers, Limits()) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield GrpcOrderContext(channel, deadline=deadline, **options)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (UnknownOrderError(order_id="ord_1"), UnknownOrderError),
        (BuyerErasedError(buyer_id="buyer-1"), BuyerErasedError),
        (ConnectionRefusedError(), ConnectionError),
    ],
)
async def test_a_refusal_is_the_one_that_the_call_would_raise_at_home(
    raised: Exception, expected: type[Exception]
):
    async with client_of(Stubborn(raised)) as context:
        with pytest.raises(expected) as refused:
            await context.place_order(REQUEST)

    if not isinstance(raised, OSError):
        assert getattr(refused.value, "facts", None) == getattr(raised, "facts", None)


async def test_a_defect_of_the_server_is_no_refusal_of_the_business():
    async with client_of(Stubborn(RuntimeError("secret"))) as context:
        with pytest.raises(RemoteCallError) as broken:
            await context.get_order("ord_1")

    assert (broken.value.status, broken.value.code) == (grpc.StatusCode.INTERNAL, "internal_error")
    assert broken.value.request_id
    assert "secret" not in str(broken.value)


async def test_a_client_without_the_right_key_is_told():
    async with client_of(Stubborn(RuntimeError()), "caller:sesame", api_key="open") as context:
        with pytest.raises(RemoteCallError, match="unauthorised"):
            await context.get_order("ord_1")


async def test_a_server_that_is_away_is_an_outage():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        with pytest.raises(ConnectionError):
            await GrpcOrderContext(channel, deadline=SECONDS).get_order("ord_1")


async def test_an_answer_that_does_not_come_in_time_is_a_time_out():
    # It takes connections and says nothing.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            with pytest.raises(TimeoutError):
                await GrpcOrderContext(channel, deadline=timedelta(milliseconds=200)).get_order("ord_1")


@pytest.mark.parametrize(
    "asked",
    [
        lambda context: context.place_order(PlaceOrderRequest("k", "buyer-1", "snap-1", (("mug", 10**6),))),
        lambda context: context.place_order(PlaceOrderRequest("", "buyer-1", "snap-1", (("mug", 1),))),
        lambda context: context.place_order(
            PlaceOrderRequest("k", "b", "s", (("mug", 1),), Address.behind("seal", "GB"))
        ),
    ],
)
async def test_what_the_server_cannot_take_is_told_and_not_repeated(asked: Callable[[Any], Any]):
    async with client_of(Stubborn(RuntimeError())) as context:
        with pytest.raises(RemoteCallError, match="invalid_request"):
            await asked(context)
