"""An order as the JSON that callers see. Pure; the shapes are documented in `api.schemas.orders`."""

from __future__ import annotations

from api.opening import address_view
from api.order.parts import refund_view, return_view, shipment_view
from api.order.paths import links_of, order_path
from api.schemas.values import instant
from api.views import Json, instant_or_none, line_view, money
from domain.money import Money
from domain.order.actions import allowed_actions
from domain.order.order import Order
from domain.order.ship import is_all_virtual, shipment_id
from domain.order.status import OrderStatus, PaymentStatus
from domain.ports.intake import IntakeEntry


def order_view(order: Order, pay_url: str | None = None) -> Json:
    """An order. `pay_url` belongs to its open attempt."""
    return {
        "id": order.id,
        "number": order.number,
        "status": order.status.value,
        "payment_status": order.payment_status.value,
        "fulfilment_status": order.fulfilment_status.value,
        "after_sale_status": order.after_sale_status.value,
        "buyer_id": order.buyer_id,
        "currency": order.currency,
        "lines": [line_view(line) for line in order.lines],
        "address": address_view(order.address),
        "goods": money(order.goods),
        "delivery_fee": money(order.delivery_fee),
        "other_charges": money(order.other_charges),
        "total": money(order.total),
        "capture": order.capture.value,
        "authorised": money(_authorised(order)),
        "captured": money(order.captured),
        "refunded": money(order.refunded),
        "refundable": money(order.refundable),
        "cancel_reason": order.cancel_reason.value if order.cancel_reason else None,
        "payment_deadline": instant_or_none(order.payment_deadline),
        "payment_key": order.attempts[-1] if order.attempts else None,
        "pay_url": pay_url,
        "shipment_id": _shipment_id(order),
        "shipments": [shipment_view(shipment) for shipment in order.shipments],
        "returns": [return_view(order.id, case) for case in order.returns],
        "refunds": [refund_view(refund) for refund in order.refunds],
        "created_at": instant(order.created_at),
        "updated_at": instant(order.updated_at or order.created_at),
        "version": order.version,
        "allowed_actions": [action.value for action in allowed_actions(order)],
        "links": links_of(order),
    }


def pending_order_view(entry: IntakeEntry, refusal: str | None) -> Json:
    """An accepted order without events: not started yet, or refused before it began."""
    return {
        "id": entry.order_id,
        "number": entry.number,
        "status": "refused" if refusal else "accepted",
        "refusal": refusal,
        "allowed_actions": [],
        "buyer_id": entry.command.buyer_id,
        "currency": entry.total.currency,
        "total": money(entry.total),
        "created_at": instant(entry.accepted_at),
        "version": 0,
        "links": {"self": order_path(entry.order_id)},
    }


def payment_view(order: Order, pay_url: str | None) -> Json | None:
    """The newest attempt of an order, or None before the first."""
    if not order.attempts:
        return None
    return {
        "key": order.attempts[-1],
        "status": order.payment_status.value,
        "pay_url": pay_url if awaits_payment(order) else None,
        "deadline": instant_or_none(order.payment_deadline),
    }


def awaits_payment(order: Order) -> bool:
    """True while the buyer can pay an open attempt."""
    return order.status is OrderStatus.CREATED and order.payment_status is PaymentStatus.PENDING


def _authorised(order: Order) -> Money:
    return order.authorisation.amount if order.authorisation else Money.zero(order.currency)


def _shipment_id(order: Order) -> str | None:
    """What a carrier reports under: known as soon as there is something to hand over."""
    waits = order.status is OrderStatus.PAID and not is_all_virtual(order)
    return shipment_id(order.id) if waits else order.shipment_id
