"""Which units of an order go back on a shelf, or back for sale. Moving them is the ledger's."""

from __future__ import annotations

from collections.abc import Sequence

from activities.fulfilment_contracts import MoveGoods, TakeBackGoods
from domain.catalogue.items import Category
from domain.order.events import OrderEvent, RefundRequested
from domain.order.lines import OrderLine
from domain.order.order import Order
from domain.stock.allocation import AllocatedUnits
from domain.stock.hold import StockLine, in_lock_order
from workflows.contracts import ReceiveReturn


def returned_goods(order: Order, command: ReceiveReturn) -> TakeBackGoods | None:
    """What a received return puts on a shelf: things only, and only if they are to be sold again."""
    things = [
        StockLine(line.sku, units.quantity)
        for units in command.units
        if (line := _line(order, units.line)).category is Category.PHYSICAL
    ]
    if not things or not command.restock:
        return None
    return TakeBackGoods(order.id, command.return_id, in_lock_order(things), command.warehouse_id)


def unissued_goods(order: Order, events: Sequence[OrderEvent]) -> tuple[MoveGoods, ...]:
    """Files and services that were paid back just now: they have no shelf, and are for sale again."""
    moves = []
    for event in events:
        if not isinstance(event, RefundRequested):
            continue
        units = tuple(
            AllocatedUnits(each.line, line.sku, each.quantity, "")
            for each in event.units
            if (line := _line(order, each.line)).category is not Category.PHYSICAL
        )
        if units:
            moves.append(MoveGoods(order.id, event.cause, units))
    return tuple(moves)


def _line(order: Order, number: int) -> OrderLine:
    return order.lines[number - 1]
