"""From paid to delivered: what carriers report, in whatever order. Today one shipment for the whole order."""

from __future__ import annotations

from domain.order.events import OrderEvent
from domain.order.order import Order
from domain.order.ship import complete_order, deliver_order, ship_order, shipment_id
from domain.order.status import FulfilmentStatus, OrderStatus
from workflows.contracts import ShipmentReported
from workflows.desk import Desk

HANDED_OVER = "handed_over"
DELIVERED = "delivered"


class HandingOver:
    """The parcel of one order. Reports pile up and count when the order is paid."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._reports: dict[str, ShipmentReported] = {}

    @property
    def news(self) -> bool:
        """True when a report has come that changes the order."""
        order = self._desk.stream.order
        return order is not None and bool(self._meaning(order))

    @property
    def on_its_way(self) -> bool:
        """True while the goods are not yet with the buyer."""
        order = self._desk.order
        shipped = order.status is OrderStatus.SHIPPED
        return order.status is OrderStatus.PAID or (
            shipped and order.fulfilment_status is not FulfilmentStatus.DELIVERED
        )

    def learn(self, report: ShipmentReported) -> None:
        """Take a report in; repeats change nothing."""
        self._reports.setdefault(report.event_id, report)

    async def settle(self) -> None:
        """Let the order know what was reported. Call it with the lock held."""
        await self._desk.stream.record("shipment", lambda order: self._meaning(order) if order else ())

    async def complete(self) -> None:
        """The return window is over. Call it with the lock held."""
        at = self._desk.now
        await self._desk.stream.record(
            "complete",
            lambda order: (
                (complete_order(order, at),) if order and order.status is OrderStatus.SHIPPED else ()
            ),
        )

    def _meaning(self, order: Order) -> tuple[OrderEvent, ...]:
        own = shipment_id(order.id)
        kinds = {report.kind for report in self._reports.values() if report.shipment_id == own}
        at, events, current = self._desk.now, list[OrderEvent](), order
        # Delivered without handed over is a report that has not arrived yet: the goods were handed over.
        if current.status is OrderStatus.PAID and kinds & {HANDED_OVER, DELIVERED}:
            events.append(ship_order(current, at))
            current = current.apply(events[-1])
        way = current.fulfilment_status is FulfilmentStatus.SHIPPED
        if current.status is OrderStatus.SHIPPED and way and DELIVERED in kinds:
            events.append(deliver_order(current, at))
        return tuple(events)
