"""From sold goods to planned shipments: which shelves they come from, and what can be delivered at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from activities.fulfilment_contracts import AllocateGoods, DeliverDigital, RevokeDigital
from domain.catalogue.items import Category
from domain.order.events import OrderEvent
from domain.order.fulfil import deliver_virtual, plan_shipments
from domain.order.order import Order
from domain.order.pay import request_capture
from domain.order.shipments import Units
from domain.order.status import OrderStatus
from domain.stock.allocation import AllocatedUnits, WantedUnits
from workflows import money
from workflows.desk import Desk

Allocated = Sequence[AllocatedUnits]


class Planning:
    """Plans an order's shipments once. Call it with the lock held."""

    def __init__(self, desk: Desk, acceptance_window: timedelta) -> None:
        """`acceptance_window` is how long a merchant has to accept a service."""
        self._desk = desk
        self._acceptance_window = acceptance_window

    async def prepare(self) -> Allocated | None:
        """Choose shelves and issue rights to files; None when the shelves do not have what was sold."""
        desk, at = self._desk, self._desk.now
        physical, virtual = (
            wanted(desk.order, category) for category in (Category.PHYSICAL, Category.VIRTUAL)
        )
        allocated: Allocated = ()
        if physical:
            answer = await desk.store.allocate(AllocateGoods(desk.order_id, physical))
            if answer.refused:
                desk.board.needs_review()
                desk.alert(answer.refused)
                return None
            allocated = answer.units
        if virtual:
            self.promise_to_revoke()
            await desk.store.deliver_digital(DeliverDigital(desk.order_id, virtual, at))
        return allocated

    def planned(self, order: Order, allocated: Allocated | None, at: datetime) -> tuple[OrderEvent, ...]:
        """The plan of a paid order, with what is delivered by it; nothing when it has one."""
        if allocated is None or order.status is not OrderStatus.PAID or order.shipments:
            return ()
        plan = plan_shipments(order, allocated, at + self._acceptance_window, at)
        delivered = deliver_virtual(order.apply(plan), at)
        return (plan, *delivered, *request_capture(money.after(order, (plan, *delivered)), at))

    async def later(self) -> None:
        """Plan an order that was paid without a plan: its goods could not be found then."""
        allocated, at = await self.prepare(), self._desk.now
        await self._desk.stream.record(
            "plan", lambda order: self.planned(order, allocated, at) if order else ()
        )

    def promise_to_revoke(self) -> None:
        """From now on the end of the order ends its rights to files. Before they are issued."""
        self._desk.undo.push("revoke_digital", self._revoke)

    async def _revoke(self) -> None:
        desk = self._desk
        virtual = wanted(desk.order, Category.VIRTUAL)
        units = tuple(Units(line.line, line.quantity) for line in virtual)
        await desk.store.revoke_digital(RevokeDigital(desk.order_id, units, desk.now))


def needs_plan(order: Order) -> bool:
    """True when an order is paid and nobody has said what leaves from where."""
    return order.status is OrderStatus.PAID and not order.shipments


def wanted(order: Order, category: Category) -> tuple[WantedUnits, ...]:
    """The lines of one category, by number."""
    return tuple(
        WantedUnits(number, line.sku, line.quantity)
        for number, line in enumerate(order.lines, start=1)
        if line.category is category
    )
