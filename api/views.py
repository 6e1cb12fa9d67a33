"""Business objects as the JSON that callers see. Pure; the shapes are documented in `api.schemas`."""

from __future__ import annotations

from datetime import datetime

from api.schemas.values import instant
from domain.address import Address
from domain.money import Money
from domain.order.actions import Action, allowed_actions
from domain.order.lines import OrderLine
from domain.order.order import Order
from domain.order.ship import is_all_virtual, shipment_id
from domain.order.status import OrderStatus, PaymentStatus
from domain.ports.intake import IntakeEntry
from domain.pricing.reasons import Reason
from domain.pricing.words import REASON_TEXT, Text
from workflows.contracts import Message

Json = dict[str, object]

# Who can do what about a message; a code without an entry asks for nothing.
_RESOLUTIONS = {
    "price_changed": "confirm_or_decline_price",
    "price_recalculated": "none",
    "expiring_soon": "order_soon",
    "low_stock": "order_soon",
}
_FIRST_ERROR = 400


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
        "captured": money(order.captured),
        "refunded": money(order.refunded),
        "cancel_reason": order.cancel_reason.value if order.cancel_reason else None,
        "payment_deadline": instant_or_none(order.payment_deadline),
        "payment_key": order.attempts[-1] if order.attempts else None,
        "pay_url": pay_url,
        "shipment_id": _shipment_id(order),
        "created_at": instant(order.created_at),
        "updated_at": instant(order.updated_at or order.created_at),
        "version": order.version,
        "allowed_actions": [action.value for action in allowed_actions(order)],
        "links": _links(order),
    }


def pending_order_view(entry: IntakeEntry, refusal: str | None) -> Json:
    """An accepted order without events: not started yet, or refused before it began."""
    return {
        "id": entry.order_id,
        "number": entry.number,
        "status": "refused" if refusal else "accepted",
        "refusal": refusal,
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


def message_view(message: Message) -> Json:
    """A business remark; what it does not say is left out."""
    view: Json = {
        "code": message.code,
        "severity": message.severity,
        "resolution": _resolution(message),
    }
    if message.old_total is not None:
        view["old_total"] = money(message.old_total)
    if message.new_total is not None:
        view["new_total"] = money(message.new_total)
    if message.old_total is not None and message.new_total is not None:
        view["difference"] = money(message.new_total - message.old_total)
    if message.reason:
        view["reason"] = message.reason
        view["reason_text"] = reason_text(Reason(message.reason))
    if message.snapshot_id:
        view["snapshot_id"] = message.snapshot_id
    return view


def _resolution(message: Message) -> str:
    # A price that fell and was applied by policy asks nobody, though it changed.
    informs = message.code == "price_changed" and message.severity == "info"
    return "none" if informs else _RESOLUTIONS.get(message.code, "none")


def address_view(address: Address | None) -> Json | None:
    """A postal address."""
    if address is None:
        return None
    return {
        "street": address.street,
        "city": address.city,
        "zip_code": address.zip_code,
        "country": address.country,
    }


def line_view(line: OrderLine) -> Json:
    """One priced line."""
    return {
        "line": line.line,
        "sku": line.sku,
        "merchant_id": line.merchant_id,
        "title": line.title,
        "category": line.category.value,
        "quantity": line.quantity,
        "unit_price": money(line.unit_price),
        "amount": money(line.amount),
    }


def money(amount: Money) -> Json:
    """Minor units and their currency."""
    return {"amount": amount.amount, "currency": amount.currency}


def money_or_none(amount: Money | None) -> Json | None:
    """An amount, or nothing."""
    return None if amount is None else money(amount)


def reason_text(reason: Reason | None) -> Json | None:
    """Why a price is another one, in people's words."""
    return text_view(REASON_TEXT[reason]) if reason else None


def text_view(text: Text) -> Json:
    """Words in two languages."""
    return {"en": text.en, "zh": text.zh}


def instant_or_none(moment: datetime | None) -> str | None:
    """A time, or nothing."""
    return None if moment is None else instant(moment)


def order_path(order_id: str) -> str:
    """Where an order is found."""
    return f"/v1/orders/{order_id}"


def _shipment_id(order: Order) -> str | None:
    """What a carrier reports under: known as soon as there is something to hand over."""
    waits = order.status is OrderStatus.PAID and not is_all_virtual(order)
    return shipment_id(order.id) if waits else order.shipment_id


_ACTION_PATHS = {
    Action.CONFIRM_PRICE: "price-confirmation",
    Action.DECLINE_PRICE: "price-decline",
    Action.PAY_AGAIN: "payments",
    Action.CANCEL: "cancel",
}


def _links(order: Order) -> dict[str, str]:
    path = order_path(order.id)
    links = {"self": path, "events": f"{path}/events"}
    for action in allowed_actions(order):
        if action in _ACTION_PATHS:
            links[action.value] = f"{path}/{_ACTION_PATHS[action]}"
    return links
