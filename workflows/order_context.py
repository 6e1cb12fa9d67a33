"""The order context, version 1, over the front door and the event store. Runs no order itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from activities.histories import Histories
from domain.events import is_order_stream
from domain.order.accept import OrderRequest, awaited_order
from domain.order.order import Order
from domain.order.picture import picture_of
from domain.ports.intake import IntakeEntry
from domain.ports.order_context import OrderV1, PlaceOrderRequest, UnknownOrderError
from domain.pricing.request import RequestedLine
from workflows.accepting import Accepting

CONTEXT_CALLER = "context"
"""In whose name other contexts' requests are written down; their keys never meet those of HTTP callers."""


async def leave_to_relay(_entry: IntakeEntry) -> None:
    """Start nothing: the relay starts every accepted order that has no workflow."""


@dataclass(frozen=True, slots=True)
class LiveOrderContext:
    """`OrderContext` as it runs. `begin` has an accepted order started; it may do nothing."""

    histories: Histories[Order]
    accepting: Accepting
    begin: Callable[[IntakeEntry], Awaitable[None]] = leave_to_relay

    async def place_order(self, request: PlaceOrderRequest) -> str:
        """See the port. Raises `SnapshotNotFoundError`, `SnapshotMismatchError`, `NotAFinalPriceError`,
        `AddressRequiredError`, `IdempotencyKeyReusedError`, `BuyerErasedError`.
        """
        wanted = OrderRequest(
            buyer_id=request.buyer_id,
            snapshot_id=request.snapshot_id,
            lines=tuple(RequestedLine(sku, quantity) for sku, quantity in request.lines),
            address=request.address,
            correlation_id=request.request_id or f"{CONTEXT_CALLER}:{request.key}",
            trace_id=request.trace_id,
        )
        accepted = await self.accepting.accept(CONTEXT_CALLER, request.key, wanted)
        if not accepted.entry.started:
            await self.begin(accepted.entry)
        return accepted.entry.order_id

    async def get_order(self, order_id: str) -> OrderV1:
        """See the port; what was accepted and not started yet is a draft at version 0."""
        told = await self.histories.current(order_id) if is_order_stream(order_id) else None
        if told is not None:
            return await self._opened(picture_of(told.state))
        return await self._opened(await self._awaited(order_id))

    async def _opened(self, picture: OrderV1) -> OrderV1:
        if picture.address is None:
            return picture
        address = await self.accepting.personal.open_address(picture.address)
        return picture if address is None else replace(picture, address=address)

    async def _awaited(self, order_id: str) -> OrderV1:
        entry = await self.accepting.intake.find(order_id)
        snapshot = await self.accepting.snapshots.get(entry.command.snapshot_id) if entry else None
        if entry is None or snapshot is None:
            raise UnknownOrderError(order_id=order_id)
        return picture_of(awaited_order(entry, snapshot))
