"""`OrderViews` over an event store in memory, folded anew for every question: there is no lag."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.memory.events import MemoryEventStore
from domain.events import is_order_stream
from domain.order.encoding import decode
from domain.order.order import Order, fold
from domain.ports.projections import OrderCursor, OrderFilter, OrderPage, OrderSummary, OrderTotals


class ViewsOfStreams:
    """Orders by their streams. Of the filter only the status is obeyed."""

    def __init__(self, events: MemoryEventStore) -> None:
        self._events = events

    async def get(self, order_id: str) -> Order | None:
        stored = await self._events.read(order_id)
        return fold([decode(event) for event in stored]) if stored else None

    async def list(
        self, narrowed: OrderFilter, cursor: OrderCursor | None = None, limit: int = 20
    ) -> OrderPage:
        page = await self._events.after(0, 1_000_000)
        ids = dict.fromkeys(event.stream_id for event in page.events if is_order_stream(event.stream_id))
        orders = [order for order_id in ids if (order := await self.get(order_id))]
        found = sorted(
            (order for order in orders if narrowed.status in {None, order.status}), key=lambda order: order.id
        )
        rest = [order for order in found if cursor is None or order.id > cursor.id]
        more = OrderCursor(rest[limit - 1].created_at, rest[limit - 1].id) if len(rest) > limit else None
        return OrderPage(tuple(summary_of(order) for order in rest[:limit]), more)

    async def totals(
        self,
        merchant_id: str | None = None,
        *,
        created_from: datetime | None = None,
        created_until: datetime | None = None,
    ) -> Sequence[OrderTotals]:
        raise NotImplementedError


def summary_of(order: Order) -> OrderSummary:
    return OrderSummary(
        id=order.id,
        version=order.version,
        number=order.number,
        status=order.status,
        payment_status=order.payment_status,
        buyer_id=order.buyer_id,
        merchants=order.merchants,
        lines=len(order.lines),
        goods=order.goods,
        total=order.total,
        captured=order.captured,
        refunded=order.refunded,
        created_at=order.created_at,
        updated_at=order.updated_at or order.created_at,
    )
