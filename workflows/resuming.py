"""Takes an order up where another run of its workflow has left it. It decides nothing that the order has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from temporalio import workflow

from domain.catalogue.items import Category
from domain.order.after_sale_events import ReturnReceived
from domain.order.events import OrderDelivered, OrderEvent
from domain.order.fulfilment_events import AddressChanged, ShipmentsPlanned
from domain.order.order import Order
from domain.order.status import OrderStatus
from workflows.after_sale_desk import AfterSaleDesk
from workflows.collecting import Collecting
from workflows.contracts import ReceiveReturn
from workflows.desk import Desk
from workflows.fulfilling import Fulfilling
from workflows.paying import Paying
from workflows.planning import wanted
from workflows.returned_goods import returned_goods, unissued_goods


class Resuming:
    """What a new run must know, and what the old one may have begun without ending it.

    Every step has a key of its own at whoever does it, so what was done is not done again. `planned_at` and
    `delivered_at` are when the order's goods were planned and had come, None if not before this run.
    """

    def __init__(
        self,
        desk: Desk,
        paying: Paying,
        collecting: Collecting,
        fulfilling: Fulfilling,
        after_sale: AfterSaleDesk,
    ) -> None:
        self._desk = desk
        self._paying = paying
        self._collecting = collecting
        self._fulfilling = fulfilling
        self._after_sale = after_sale
        self.planned_at: datetime | None = None
        self.delivered_at: datetime | None = None

    async def take_up(self) -> bool:
        """Read the order and get ready to go on; False when it has no price yet, so that it begins anew.

        Call it before the lock is opened.
        """
        events = await self._desk.stream.load()
        order = self._desk.stream.order
        if order is None or order.status is OrderStatus.DRAFT:
            return False
        self._look_at(events)
        self._promise_inverses(order)
        await self._paying.ask_about_all()
        if order.status is OrderStatus.CREATED:
            await self._collecting.take_up()
        stopped = not workflow.info().continued_run_id  # else the run before has ended all that it had begun
        moved = any(isinstance(event, AddressChanged) for event in events)
        self._fulfilling.take_up(moved=stopped and moved)
        if stopped:
            await self._move_goods(order, events)
            self._paying.finish()
        self._after_sale.go_on(events)
        return True

    def _look_at(self, events: Sequence[OrderEvent]) -> None:
        for event in events:
            match event:
                case ShipmentsPlanned():
                    self.planned_at = event.planned_at
                case OrderDelivered():
                    self.delivered_at = event.delivered_at
                case _:
                    pass

    def _promise_inverses(self, order: Order) -> None:
        """In the order in which things were begun; each changes nothing where there is nothing to undo."""
        desk = self._desk
        desk.undo.push("release_holds", lambda: desk.store.release_holds(desk.order_id))
        for key in order.attempts:
            self._paying.promise_to_give_back(key)
        desk.undo.push("restock", lambda: desk.store.restock(desk.order_id))
        if wanted(order, Category.VIRTUAL):
            self._fulfilling.planning.promise_to_revoke()

    async def _move_goods(self, order: Order, events: Sequence[OrderEvent]) -> None:
        """Have goods follow returns and refunds, each by its key: the last run may have ended too early."""
        for event in events:
            if isinstance(event, ReturnReceived):
                received = ReceiveReturn(event.return_id, event.units, event.by, event.restock)
                if (goods := returned_goods(order, received)) is not None:
                    await self._desk.store.take_back(goods)
        for unissued in unissued_goods(order, events):
            await self._desk.store.cancel_goods(unissued)
