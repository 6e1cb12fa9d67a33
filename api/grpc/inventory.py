"""`Inventory` over gRPC: reservations by the caller's own references (requirement A29). Knows no order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from adapters.protobuf.codec import to_json, to_message
from adapters.protobuf.v1 import inventory_pb2
from api.access import Scope
from api.grpc.calls import Call, Calls, Handlers
from api.grpc.requests import request_from
from api.schemas.holds import LONGEST_HOLD
from api.schemas.values import IDENTIFIER, Quantity, RequestBody, Sku, instant
from api.shortages import refusal_of
from domain.ports.clock import Clock
from domain.ports.intake import IdempotencyKeyReusedError
from domain.ports.stock import Hold, HoldNotFoundError, HoldRequest, StockLedger
from domain.stock.hold import HoldKind, StockLine

SERVICE: Final = "orderkeep.v1.Inventory"
_CALLERS: Final = frozenset({Scope.CALLER, Scope.OPERATOR})
_TIME: Final = timedelta(minutes=LONGEST_HOLD)
_SWEPT: Final = 1_000
_Reference = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=IDENTIFIER)]


class ReservationBody(RequestBody):
    """What is to be reserved, under the caller's own name for it."""

    sku_id: Sku
    quantity: Annotated[Quantity, Field(examples=[2])]
    reservation_reference: _Reference


class ReferenceBody(RequestBody):
    """The caller's own name for a reservation."""

    reservation_reference: _Reference


@dataclass(frozen=True, slots=True)
class InventoryCalls:
    """The calls of `orderkeep.v1.Inventory`."""

    stock: StockLedger
    clock: Clock

    def handlers(self, calls: Calls) -> Handlers:
        """Each call by its name."""
        return {
            "ReserveStock": calls.unary(inventory_pb2.ReserveStockRequest, _CALLERS, self.reserve_stock),
            "ReleaseStock": calls.unary(inventory_pb2.ReleaseStockRequest, _CALLERS, self.release_stock),
        }

    async def reserve_stock(
        self, call: Call, request: inventory_pb2.ReserveStockRequest
    ) -> inventory_pb2.Reservation:
        """Raises `InvalidRequestError`, `IdempotencyKeyReusedError` for a reference that reserves something
        else, and what `api.shortages` has for too little stock.
        """
        body = request_from(to_json(request), ReservationBody)
        reference = _inner(call, body.reservation_reference)
        lines = (StockLine(body.sku_id, body.quantity),)
        known = await self.stock.find(reference)
        if known is not None and known.lines != lines:
            raise IdempotencyKeyReusedError(key=body.reservation_reference)
        now = self.clock.now()
        if known is not None and known.expires_at <= now:
            # Holds are given back some time after their end; until then nobody gets this reference anew.
            await self.stock.expire_holds(now, _SWEPT)
        if known is None or known.expires_at <= now:
            taken = await self.stock.take(HoldRequest(reference, lines, now + _TIME, kind=HoldKind.CART))
            if taken.refused:
                raise refusal_of(taken.shortages)
        return await self._reservation(reference, body.reservation_reference)

    async def release_stock(
        self, call: Call, request: inventory_pb2.ReleaseStockRequest
    ) -> inventory_pb2.Reservation:
        """Raises `InvalidRequestError`, `HoldNotFoundError`."""
        body = request_from(to_json(request), ReferenceBody)
        reference = _inner(call, body.reservation_reference)
        await self.stock.release_holds(reference)
        return await self._reservation(reference, body.reservation_reference)

    async def _reservation(self, reference: str, named: str) -> inventory_pb2.Reservation:
        hold = await self.stock.find(reference)
        if hold is None:
            raise HoldNotFoundError
        return reservation_message(hold, named)


def reservation_message(hold: Hold, named: str) -> inventory_pb2.Reservation:
    """A hold as the one who reserved sees it."""
    (line,) = hold.lines
    said = {
        "reservation_reference": named,
        "sku_id": line.sku,
        "quantity": line.quantity,
        "status": hold.status.value,
        "expires_at": instant(hold.expires_at),
    }
    return to_message(inventory_pb2.Reservation, said)


def _inner(call: Call, named: str) -> str:
    # Never the id of an order or of a cart's hold, and never another caller's reservation.
    return f"reservation:{call.access.caller}:{named}"
