"""The order context, version 1, in dictionaries: for contexts that are tested without orders that run."""

from __future__ import annotations

from domain.order.accept import OrderRequest, accepted_entry, awaited_order, check_request
from domain.order.order import Order
from domain.order.picture import picture_of
from domain.ports.clock import Clock, Ids
from domain.ports.intake import IdempotencyKeyReusedError
from domain.ports.order_context import OrderV1, PlaceOrderRequest, UnknownOrderError
from domain.ports.prices import PriceSnapshots
from domain.pricing.request import RequestedLine


class MemoryOrderContext:
    """`OrderContext` in dictionaries. Nothing happens to a placed order but what `put` says."""

    def __init__(self, snapshots: PriceSnapshots, clock: Clock, ids: Ids) -> None:
        self._snapshots = snapshots
        self._clock = clock
        self._ids = ids
        self._placed: dict[str, tuple[str, str]] = {}
        self._orders: dict[str, Order] = {}

    def put(self, order: Order) -> None:
        """From now on the order stands so."""
        self._orders[order.id] = order

    async def place_order(self, request: PlaceOrderRequest) -> str:
        """See the port."""
        wanted = OrderRequest(
            buyer_id=request.buyer_id,
            snapshot_id=request.snapshot_id,
            lines=tuple(RequestedLine(sku, quantity) for sku, quantity in request.lines),
            address=request.address,
            correlation_id=request.key,
        )
        snapshot = check_request(wanted, await self._snapshots.get(request.snapshot_id))
        fresh = (wanted.digest, self._ids.new("ord"))
        digest, order_id = self._placed.setdefault(request.key, fresh)
        if digest != wanted.digest:
            raise IdempotencyKeyReusedError(key=request.key)
        if order_id not in self._orders:
            entry = accepted_entry(
                wanted,
                snapshot,
                order_id=order_id,
                entropy=self._ids.entropy(),
                key=request.key,
                at=self._clock.now(),
            )
            self.put(awaited_order(entry, snapshot))
        return order_id

    async def get_order(self, order_id: str) -> OrderV1:
        """See the port."""
        if order_id not in self._orders:
            raise UnknownOrderError(order_id=order_id)
        return picture_of(self._orders[order_id])
