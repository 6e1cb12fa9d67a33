"""An order as other contexts see it, version 1. Shows nothing of how orders are kept."""

from __future__ import annotations

from domain.order.order import Order
from domain.ports.order_context import OrderLineV1, OrderShipmentV1, OrderV1


def picture_of(order: Order) -> OrderV1:
    """The published picture of an order at its version."""
    return OrderV1(
        order_id=order.id,
        number=order.number,
        version=order.version,
        status=order.status.value,
        payment_status=order.payment_status.value,
        fulfilment_status=order.fulfilment_status.value,
        buyer_id=order.buyer_id,
        total=order.total,
        address=order.address,
        lines=tuple(
            OrderLineV1(line.line, line.sku, line.merchant_id, line.title, line.category.value, line.quantity)
            for line in order.lines
        ),
        shipments=tuple(
            OrderShipmentV1(
                shipment_id=shipment.id,
                category=shipment.plan.category.value,
                warehouse_id=shipment.plan.warehouse_id,
                status=shipment.status.value,
                units=tuple((units.line, units.quantity) for units in shipment.plan.units),
            )
            for shipment in order.shipments
        ),
    )
