"""`OrderContext` over gRPC: translation between its messages and the port. The port decides everything."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from adapters.protobuf.codec import to_json, to_message
from adapters.protobuf.v1 import orders_pb2
from api.access import Scope
from api.errors import FieldError
from api.grpc.calls import Call, Calls, Handlers
from api.grpc.requests import request_from
from api.json_body import InvalidRequestError
from api.schemas.orders import PlaceOrderBody
from domain.address import Address
from domain.ports.order_context import OrderContext, OrderV1, PlaceOrderRequest, UnknownOrderError

SERVICE: Final = "orderkeep.v1.OrderContext"
_KEY: Final = re.compile(r"[\x20-\x7e]{1,200}")
_BAD_KEY: Final = FieldError("/key", "1 to 200 printable ASCII characters")
_PLACERS: Final = frozenset({Scope.CALLER})
_READERS: Final = frozenset({Scope.CALLER, Scope.MERCHANT, Scope.OPERATOR, Scope.FINANCE})


@dataclass(frozen=True, slots=True)
class OrderCalls:
    """The calls of `orderkeep.v1.OrderContext`."""

    context: OrderContext

    def handlers(self, calls: Calls) -> Handlers:
        """Each call by its name."""
        return {
            "PlaceOrder": calls.unary(orders_pb2.PlaceOrderRequest, _PLACERS, self.place_order),
            "GetOrder": calls.unary(orders_pb2.GetOrderRequest, _READERS, self.get_order),
        }

    async def place_order(
        self, call: Call, request: orders_pb2.PlaceOrderRequest
    ) -> orders_pb2.PlaceOrderResponse:
        """Raises what the port raises, and `InvalidRequestError`."""
        stated = to_json(request)
        if not _KEY.fullmatch(stated.pop("key")):
            raise InvalidRequestError((_BAD_KEY,))
        body = request_from(stated, PlaceOrderBody)
        order_id = await self.context.place_order(
            PlaceOrderRequest(
                # Callers choose their keys on their own: two of them may choose the same.
                key=f"{call.access.caller} {request.key}",
                buyer_id=body.buyer_id,
                snapshot_id=body.snapshot_id,
                lines=tuple((line.sku, line.quantity) for line in body.lines),
                address=Address(**body.address.model_dump()) if body.address else None,
                request_id=call.request_id,
                trace_id=call.trace_id,
            )
        )
        return orders_pb2.PlaceOrderResponse(order_id=order_id)

    async def get_order(self, call: Call, request: orders_pb2.GetOrderRequest) -> orders_pb2.Order:
        """Raises `UnknownOrderError`, also for an order in which the calling merchant has no part."""
        order = await self.context.get_order(request.order_id)
        own = call.access.merchant_id
        if own is not None and own not in {line.merchant_id for line in order.lines}:
            raise UnknownOrderError
        return order_message(order)


def order_message(order: OrderV1) -> orders_pb2.Order:
    """The picture of an order as its message."""
    said: dict[str, Any] = asdict(order)
    for shipment in said["shipments"]:
        shipment["units"] = [{"line": line, "quantity": quantity} for line, quantity in shipment["units"]]
    return to_message(orders_pb2.Order, said)
