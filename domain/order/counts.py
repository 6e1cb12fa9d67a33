"""Counts units of an order's lines: who has them, what was paid back, what may still come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from domain.order.returns import RefundedUnits
from domain.order.shares import line_goods
from domain.order.shipments import Shipment, ShipmentStatus, Units
from domain.order.status import FulfilmentStatus, OrderStatus

if TYPE_CHECKING:
    from domain.order.order import Order

_THERE = frozenset({ShipmentStatus.DELIVERED})
_LEFT = frozenset({ShipmentStatus.DELIVERED, ShipmentStatus.HANDED_OVER})
_ALL_LEFT = frozenset({FulfilmentStatus.SHIPPED, FulfilmentStatus.DELIVERED, FulfilmentStatus.RETURNED})


def counted(units: Iterable[Units | RefundedUnits]) -> Counter[int]:
    """How many units of each line."""
    counts: Counter[int] = Counter()
    for each in units:
        counts[each.line] += each.quantity
    return counts


def as_units(counts: Mapping[int, int]) -> tuple[Units, ...]:
    """Lines of which there is something, in their order."""
    return tuple(Units(line, counts[line]) for line in sorted(counts) if counts[line] > 0)


def ordered(order: Order) -> Counter[int]:
    """All units of the order by line."""
    return counted(Units(number, line.quantity) for number, line in enumerate(order.lines, start=1))


def paid_back(order: Order) -> Counter[int]:
    """Units whose money goes or went back, or was never taken because they were dropped before."""
    refunded = counted(units for refund in order.refunds for units in refund.units)
    never = (order.shipment(shipment_id) for shipment_id in order.uncharged)
    return refunded + counted(units for shipment in never if shipment for units in shipment.plan.units)


def delivered_units(order: Order) -> Counter[int]:
    """Units that the buyer has got, whatever became of them afterwards."""
    there = order.fulfilment_status in {FulfilmentStatus.DELIVERED, FulfilmentStatus.RETURNED}
    return _held(order, _THERE) if order.shipments else ordered(order) if there else Counter()


def handed_over_units(order: Order) -> Counter[int]:
    """Units that are on their way to the buyer or there."""
    left = order.fulfilment_status in _ALL_LEFT
    return _held(order, _LEFT) if order.shipments else ordered(order) if left else Counter()


def spoken_for(order: Order, *, but: str = "") -> Counter[int]:
    """Units with the buyer that are in an open return other than `but`, or whose money goes back already."""
    parcels = {shipment.id for shipment in order.shipments}
    refunded = (refund for refund in order.refunds if refund.cause not in parcels)
    asked = (case for case in order.returns if case.is_open and not case.refund_key and case.id != but)
    return counted(units for refund in refunded for units in refund.units) + counted(
        units for case in asked for units in case.units
    )


def returnable(order: Order) -> tuple[Units, ...]:
    """What the buyer may still ask to give back: delivered, not paid back and in no other open return."""
    if order.status not in {OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.COMPLETED}:
        return ()
    return as_units(delivered_units(order) - spoken_for(order))


def kept_after(order: Order, units: Iterable[Units]) -> tuple[Units, ...]:
    """What the buyer keeps and has paid for when `units` go back as well."""
    return as_units(ordered(order) - paid_back(order) - counted(units))


def allocated_goods(order: Order, units: Iterable[Units]) -> tuple[RefundedUnits, ...]:
    """What was paid for these units: each line's goods by quantity, to the minor unit.

    What was paid back before counts: the parts of a line always sum up to it exactly.
    """
    goods, before = line_goods(order), paid_back(order)
    parts = []
    for line, quantity in sorted(counted(units).items()):
        whole, of = goods[line - 1], order.lines[line - 1].quantity
        upto = before[line] + quantity
        parts.append(RefundedUnits(line, quantity, _part(whole, upto, of) - _part(whole, before[line], of)))
    return tuple(parts)


def _part(goods: int, units: int, of: int) -> int:
    # Half up, of a whole that is never negative.
    return (goods * units * 2 + of) // (2 * of)


def _held(order: Order, statuses: frozenset[ShipmentStatus]) -> Counter[int]:
    held: Iterable[Shipment] = (each for each in order.live_shipments if each.status in statuses)
    return counted(units for shipment in held for units in shipment.plan.units)
