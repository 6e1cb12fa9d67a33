"""`OrderViews` over the streams of fake workflows: there is no lag."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.order.order import Order
from domain.ports.projections import OrderCursor, OrderFilter, OrderPage, OrderSummary, OrderTotals
from tests.support.fake_workflows import FakeOrderWorkflows


class FakeOrderViews:
    """`OrderViews` over the fake workflows' streams, without any lag."""

    def __init__(self, workflows: FakeOrderWorkflows) -> None:
        self.workflows = workflows
        self.asked: OrderFilter | None = None

    async def get(self, order_id: str) -> Order | None:
        return await self.workflows.order(order_id)

    async def list(
        self, narrowed: OrderFilter, cursor: OrderCursor | None = None, limit: int = 20
    ) -> OrderPage:
        self.asked = narrowed
        orders = [await self.workflows.order(order_id) for order_id in sorted(self.workflows.started)]
        if narrowed.buyer_id is not None:
            orders = [order for order in orders if order.buyer_id == narrowed.buyer_id]
        rest = [_summary(order) for order in orders if cursor is None or order.id > cursor.id]
        more = OrderCursor(rest[limit - 1].created_at, rest[limit - 1].id) if len(rest) > limit else None
        return OrderPage(tuple(rest[:limit]), more)

    async def totals(
        self,
        merchant_id: str | None = None,
        *,
        created_from: datetime | None = None,
        created_until: datetime | None = None,
    ) -> Sequence[OrderTotals]:
        orders = [await self.workflows.order(order_id) for order_id in self.workflows.started]
        return [
            OrderTotals(o.status, 1, len(o.lines), o.goods, o.total, o.captured, o.refunded) for o in orders
        ]


def _summary(order: Order) -> OrderSummary:
    assert order.updated_at is not None
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
        updated_at=order.updated_at,
    )
