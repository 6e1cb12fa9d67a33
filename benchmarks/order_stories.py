"""A whole order as benchmarks want it: placed, paid, sent, delivered, completed, one unit given back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.address import Address
from domain.catalogue.items import Category
from domain.money import Money
from domain.order.after_sale_events import ReturnApproved, ReturnReceived, ReturnRequested
from domain.order.events import (
    OrderCreated,
    OrderDrafted,
    OrderEvent,
    OrderShipped,
    PaymentConfirmed,
    PaymentRefunded,
    PaymentRequested,
    RefundRequested,
)
from domain.order.fulfilment_events import (
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentHandedOver,
    ShipmentsPlanned,
)
from domain.order.lines import OrderLine
from domain.order.returns import RefundedUnits, ReturnReason
from domain.order.shipments import PlannedShipment, Units

_BEGINNING = datetime(2026, 1, 5, 12, tzinfo=UTC)
_LINES = 3


def a_whole_order(order_id: str, at: datetime = _BEGINNING) -> list[OrderEvent]:
    """Fourteen events over three lines, two units each."""

    def cny(amount: int) -> Money:
        return Money(amount, "CNY")

    def after(minutes: int) -> datetime:
        return at + timedelta(minutes=minutes)

    lines = tuple(
        OrderLine(n, f"sku_{n}", f"shop-{n % 2}", f"Goods {n}", Category.PHYSICAL, 2, cny(1_000))
        for n in range(1, _LINES + 1)
    )
    goods, fee = cny(2_000 * _LINES), cny(500)
    address = Address("1 Mill Lane", "Leeds", "LS1 4AP", "GB")
    key, parcel, case = f"pay_{order_id}_1", f"shp_{order_id}_1", f"ret_{order_id}_1"
    units = tuple(Units(line.line, line.quantity) for line in lines)
    back, refund = (Units(1, 1),), f"rfd_{case}"
    return [
        OrderDrafted(order_id, order_id, "buyer-1", "CNY", lines, address, f"snap_{order_id}", at),
        OrderCreated(
            f"snap_{order_id}", goods, fee, goods + fee, after(30), lines=(), line_goods=(2_000,) * _LINES,
            other_charges=cny(0), created_at=at,
        ),
        PaymentRequested(key, 1, "sandbox", goods + fee, requested_at=at),
        PaymentConfirmed(key, goods + fee, after(2)),
        ShipmentsPlanned((PlannedShipment(parcel, Category.PHYSICAL, units, "north"),), after(3)),
        ShipmentBooked(parcel, "sandbox", f"track-{order_id}", after(4)),
        ShipmentHandedOver(parcel, after(60)),
        OrderShipped(parcel, after(60)),
        ShipmentDelivered(parcel, after(600)),
        ReturnRequested(case, back, ReturnReason.CHANGED_MIND, False, "buyer", after(700)),
        ReturnApproved(case, True, "shop-1", "", after(710)),
        ReturnReceived(case, back, True, "north", after(900)),
        RefundRequested(
            refund, key, cny(1_000), "returned", cause=case, units=(RefundedUnits(1, 1, 1_000),),
            requested_at=after(900),
        ),
        PaymentRefunded(refund, key, cny(1_000), after(901)),
    ]  # fmt: skip
