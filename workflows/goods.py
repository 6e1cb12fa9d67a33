"""Moves the goods of an order as its shipments move: off the shelf, back for sale, or back on a shelf."""

from __future__ import annotations

from activities.fulfilment_contracts import MoveGoods, TakeBackGoods
from domain.catalogue.items import Category
from domain.order.order import Order
from domain.order.shipments import Shipment, ShipmentStatus
from domain.order.status import OrderStatus
from domain.stock.allocation import AllocatedUnits
from domain.stock.hold import StockLine, in_lock_order
from domain.stock.movement import MovementKind
from workflows.desk import Desk

_Move = tuple[MovementKind, str]
_LEFT = frozenset(
    {
        ShipmentStatus.HANDED_OVER,
        ShipmentStatus.DELIVERED,
        ShipmentStatus.LOST,
        ShipmentStatus.RETURNED,
    }
)


class Goods:
    """What the ledger has been told of an order's shipments. Telling it again would be harmless."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._moved: set[_Move] = set()

    @property
    def lag(self) -> bool:
        """True when the ledger has not heard of something that has happened."""
        order = self._desk.stream.order
        return order is not None and any(self._due(order, shipment) for shipment in order.shipments)

    async def follow(self) -> None:
        """Tell the ledger what has happened. Call it with the lock held."""
        order = self._desk.order
        for shipment in order.shipments:
            for kind in self._due(order, shipment):
                await self._move(order, shipment, kind)
                self._moved.add((kind, shipment.id))

    def _due(self, order: Order, shipment: Shipment) -> tuple[MovementKind, ...]:
        due = [kind for kind in _movements(order, shipment) if (kind, shipment.id) not in self._moved]
        return tuple(due)

    async def _move(self, order: Order, shipment: Shipment, kind: MovementKind) -> None:
        store, units = self._desk.store, _units(order, shipment)
        if kind is MovementKind.HANDED_OVER:
            await store.hand_over(MoveGoods(order.id, shipment.id, units))
        elif kind is MovementKind.CANCELLED:
            await store.cancel_goods(MoveGoods(order.id, shipment.id, units))
        else:
            lines = in_lock_order(StockLine(each.sku, each.quantity) for each in units)
            place = shipment.plan.warehouse_id
            await store.take_back(TakeBackGoods(order.id, shipment.id, lines, place))


def _movements(order: Order, shipment: Shipment) -> tuple[MovementKind, ...]:
    if shipment.status is ShipmentStatus.CANCELLED:
        # An order that has ended puts back what is left of it as a whole.
        return () if order.status is OrderStatus.CANCELLED else (MovementKind.CANCELLED,)
    if shipment.plan.category is not Category.PHYSICAL or shipment.status not in _LEFT:
        return ()
    if shipment.status is ShipmentStatus.RETURNED:
        return (MovementKind.HANDED_OVER, MovementKind.TAKEN_BACK)
    return (MovementKind.HANDED_OVER,)


def _units(order: Order, shipment: Shipment) -> tuple[AllocatedUnits, ...]:
    return tuple(
        AllocatedUnits(
            units.line, order.lines[units.line - 1].sku, units.quantity, shipment.plan.warehouse_id
        )
        for units in shipment.plan.units
    )
