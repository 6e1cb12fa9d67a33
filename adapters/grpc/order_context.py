"""`OrderContext` of another process, over gRPC. A client only: it decides nothing and keeps nothing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

import grpc

from adapters.grpc.calling import Caller, named_by
from adapters.protobuf.codec import to_json, to_message
from adapters.protobuf.v1 import orders_pb2
from domain.address import Address
from domain.money import Money
from domain.order.accept import AddressRequiredError
from domain.ports.intake import IdempotencyKeyReusedError
from domain.ports.order_context import (
    OrderLineV1,
    OrderShipmentV1,
    OrderV1,
    PlaceOrderRequest,
    UnknownOrderError,
)
from domain.ports.personal_data import BuyerErasedError
from domain.ports.prices import SnapshotMismatchError, SnapshotNotFoundError
from domain.pricing.snapshot import NotAFinalPriceError

_PLACE: Final = "/orderkeep.v1.OrderContext/PlaceOrder"
_GET: Final = "/orderkeep.v1.OrderContext/GetOrder"
_REFUSALS: Final = (
    AddressRequiredError,
    BuyerErasedError,
    IdempotencyKeyReusedError,
    NotAFinalPriceError,
    SnapshotMismatchError,
    SnapshotNotFoundError,
    UnknownOrderError,
)


class GrpcOrderContext:
    """`domain.ports.order_context.OrderContext` over an open channel. Raises what `Caller` raises, too."""

    def __init__(
        self, channel: grpc.aio.Channel, *, api_key: str = "", deadline: timedelta = timedelta(seconds=5)
    ) -> None:
        self._caller = Caller(channel, _REFUSALS, api_key=api_key, deadline=deadline)

    async def place_order(self, request: PlaceOrderRequest) -> str:
        """See the port."""
        stated = asdict(request)
        named = named_by(stated.pop("request_id"), stated.pop("trace_id"))
        stated["lines"] = [{"sku": sku, "quantity": quantity} for sku, quantity in request.lines]
        message = to_message(orders_pb2.PlaceOrderRequest, stated)
        placed = await self._caller.call(_PLACE, message, orders_pb2.PlaceOrderResponse, named)
        return placed.order_id

    async def get_order(self, order_id: str) -> OrderV1:
        """See the port."""
        request = orders_pb2.GetOrderRequest(order_id=order_id)
        return _picture(to_json(await self._caller.call(_GET, request, orders_pb2.Order)))


def _picture(said: dict[str, Any]) -> OrderV1:
    address = said["address"]
    return OrderV1(
        **{
            **said,
            "total": Money(**said["total"]),
            "address": None if address is None else Address(**address),
            "lines": tuple(OrderLineV1(**line) for line in said["lines"]),
            "shipments": tuple(
                OrderShipmentV1(**{**shipment, "units": _units(shipment)}) for shipment in said["shipments"]
            ),
        }
    )


def _units(shipment: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    return tuple((units["line"], units["quantity"]) for units in shipment["units"])
