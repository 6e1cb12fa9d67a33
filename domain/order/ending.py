"""The end of an order that is not kept: what has not left stays, and nobody vouches for money any more."""

from __future__ import annotations

from datetime import datetime

from domain.order.events import OrderCancelled, OrderEvent, PaymentVoided
from domain.order.fulfilment_events import ShipmentCancelled
from domain.order.order import Order
from domain.order.shipments import ShipmentEnd
from domain.order.status import CancelReason


def end_order(order: Order, reason: CancelReason, by: str, at: datetime) -> tuple[OrderEvent, ...]:
    """The order is cancelled, its authorisation is given up, and its parcels that are here are recalled."""
    voided: tuple[OrderEvent, ...] = ()
    if order.authorisation:
        voided = (PaymentVoided(payment_key=order.authorisation.payment_key, voided_at=at),)
    cancelled = OrderCancelled(reason=reason, by=by, cancelled_at=at)
    recalled = (
        ShipmentCancelled(shipment_id=shipment.id, reason=ShipmentEnd.RECALLED, by=by, cancelled_at=at)
        for shipment in order.live_shipments
        if not shipment.is_handed_over
    )
    return (*voided, cancelled, *recalled)
