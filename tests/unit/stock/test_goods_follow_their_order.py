"""Random lives of an order over a ledger: whatever becomes of it, each unit lies where it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from activities.contracts import HoldReference
from activities.fulfilment_contracts import AllocateGoods, MoveGoods, TakeBackGoods
from activities.stock import StockActivities, WarehouseActivities
from adapters.memory.stock import MemoryStockLedger
from adapters.memory.warehouses import MemoryWarehouses
from domain.catalogue.items import Category
from domain.order.after_sale_events import ReturnReceived
from domain.order.events import OrderEvent, RefundRequested
from domain.order.fulfil import plan_shipments
from domain.order.order import Order
from domain.order.shipments import Shipment, ShipmentStatus
from domain.order.status import OrderStatus
from domain.ports.stock import HoldRequest
from domain.stock.hold import StockLine, in_lock_order
from tests.support.builders import NOON
from tests.unit.domain.test_order_machine import SOON, OrderLife
from workflows.contracts import ReceiveReturn
from workflows.desk import Desk
from workflows.goods import Goods
from workflows.planning import wanted
from workflows.returned_goods import returned_goods, unissued_goods

PLACES = ("main", "west")
AWAY = frozenset({ShipmentStatus.HANDED_OVER, ShipmentStatus.DELIVERED, ShipmentStatus.LOST})
HERE = frozenset({ShipmentStatus.PLANNED, ShipmentStatus.BOOKED})
T = TypeVar("T")


class Store:
    """What an order's workflow tells the ledger, told at once."""

    def __init__(self, ledger: MemoryStockLedger) -> None:
        warehouses = MemoryWarehouses(ledger)
        self.stock = StockActivities(ledger)
        self.goods = WarehouseActivities(warehouses)
        self.warehouses = warehouses

    async def hand_over(self, asked: MoveGoods) -> None:
        await self.goods.hand_over_goods(asked)

    async def cancel_goods(self, asked: MoveGoods) -> None:
        await self.goods.cancel_goods(asked)

    async def take_back(self, asked: TakeBackGoods) -> None:
        await self.warehouses.take_back(asked.reference, asked.key, asked.lines, asked.warehouse_id)


class DeskOf:
    """What goods see of a workflow's desk."""

    def __init__(self, life: GoodsOfOrderLife) -> None:
        self._life = life
        self.stream = self

    @property
    def order(self) -> Order:
        return self._life.order

    @property
    def store(self) -> Store:
        return self._life.store


class GoodsOfOrderLife(OrderLife):
    """Goods follow as they do in a workflow; tasks may be lost, so all of it may be told again."""

    def begins_to_sell(self, order: Order) -> None:
        self.ledger = MemoryStockLedger()
        self.store = Store(self.ledger)
        self.stocked = Counter({line.sku: 0 for line in order.lines})
        for line in order.lines:
            for count, place in enumerate(PLACES, start=1):
                self.ledger.put_on_shelf(place, line.sku, 2 * count)
                self.stocked[line.sku] += 2 * count
        self.sold = self.restocked = self.completed = False
        self.goods = self._new_goods()

    @precondition(lambda self: self.order.status is OrderStatus.PAID and not self.order.shipments)
    @rule(data=st.data())
    def is_planned(self, data: st.DataObject) -> None:
        goods = wanted(self.order, Category.PHYSICAL)
        asked = AllocateGoods(self.order.id, goods)
        answer = now(self.store.goods.allocate_goods(asked)) if goods else None
        assert answer is None or not answer.refused
        until = self.now() + SOON * data.draw(st.integers(1, 20))
        units = answer.units if answer else ()
        self.happened((plan_shipments(self.order, units, until, self.now()),))

    def is_shipped_in_one(self) -> None:
        """Only orders from before there were shipments are."""

    @precondition(lambda self: hasattr(self, "ledger"))
    @rule()
    def a_task_is_lost(self) -> None:
        self.goods = self._new_goods()
        now(self.goods.follow())

    @precondition(lambda self: self.order.status is OrderStatus.CANCELLED)
    @rule()
    def is_undone(self) -> None:
        if hasattr(self, "ledger") and not self.completed:  # else its workflow has ended, with its undo stack
            now(self.store.stock.restock(HoldReference(self.order.id)))
            self.restocked = self.sold

    def happened(self, events: tuple[OrderEvent, ...]) -> None:
        before = self.order.status
        super().happened(events)
        if not hasattr(self, "ledger"):
            self.begins_to_sell(self.order)
        self.completed = self.completed or self.order.status is OrderStatus.COMPLETED
        if before is OrderStatus.CREATED and self.order.status is OrderStatus.PAID:
            self._sell()
        for event in events:
            self._follow(event)
        now(self.goods.follow())
        assert not self.goods.lag

    def _sell(self) -> None:
        lines = in_lock_order(StockLine(line.sku, line.quantity) for line in self.order.lines)
        now(self.ledger.take(HoldRequest(self.order.id, lines, NOON)))
        now(self.ledger.confirm_holds(self.order.id, NOON))
        self.sold = True

    def _follow(self, event: OrderEvent) -> None:
        if isinstance(event, RefundRequested) and self.order.shipment(event.cause) is None:
            for unissued in unissued_goods(self.order, [event]):
                now(self.store.cancel_goods(unissued))
        if isinstance(event, ReturnReceived):
            command = ReceiveReturn(event.return_id, event.units, event.by, event.restock)
            if goods := returned_goods(self.order, command):
                now(self.store.take_back(goods))

    def _new_goods(self) -> Goods:
        return Goods(cast("Desk", DeskOf(self)))

    @invariant()
    def each_unit_lies_where_it_should(self) -> None:
        if not hasattr(self, "ledger"):
            return
        for line in self.order.lines:
            counts = self.ledger.goods[line.sku]
            shelves = [self.ledger.shelves.at(line.sku, place) for place in PLACES]
            lies = sum(shelf.on_shelf for shelf in shelves)
            stands = sum(shelf.allocated for shelf in shelves)
            assert min(counts.available, counts.gone, *(shelf.allocated for shelf in shelves)) >= 0
            assert lies + stands == counts.available + counts.held + counts.gone
            if self.restocked or self.order.status is not OrderStatus.CANCELLED or self.completed:
                assert counts.available == self.stocked[line.sku] - self._away(line.line)
                assert lies + stands == self.stocked[line.sku] - self._gone(line.line)

    def _away(self, line: int) -> int:
        """Units of a line that are sold or gone: not for sale."""
        if not self.sold:
            return 0
        whole = self.order.lines[line - 1]
        if whole.category is Category.PHYSICAL:
            return self._gone(line) + self._waiting(line)
        if self.restocked:
            return 0
        dropped = self._planned(line, lambda each: each.end is not None)
        refunds = (each for each in self.order.refunds if self.order.shipment(each.cause) is None)
        refunded = sum(units.quantity for each in refunds for units in each.units if units.line == line)
        return whole.quantity - dropped - refunded

    def _gone(self, line: int) -> int:
        """Things that have left the house and are not back on a shelf."""
        if self.order.lines[line - 1].category is not Category.PHYSICAL:
            return 0
        back = [units for case in self.order.returns for units in case.received if units.line == line]
        left = self._planned(line, lambda each: each.status in AWAY)
        return left - sum(units.quantity for units in back)

    def _waiting(self, line: int) -> int:
        """Things that are sold and still here."""
        if self.restocked:
            return 0
        if not self.order.shipments:
            return self.order.lines[line - 1].quantity
        return self._planned(line, lambda each: each.status in HERE)

    def _planned(self, line: int, of: Callable[[Shipment], bool]) -> int:
        parts = [units for each in self.order.shipments if of(each) for units in each.plan.units]
        return sum(units.quantity for units in parts if units.line == line)


def now(call: Coroutine[Any, Any, T]) -> T:
    """The answer of a call that waits for nobody."""
    try:
        call.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    raise AssertionError("it waits")


TestGoodsOfOrderLife = GoodsOfOrderLife.TestCase
# Shrinking such a life takes minutes.
TestGoodsOfOrderLife.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
