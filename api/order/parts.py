"""What belongs to an order as the JSON that callers see: shipments, returns, refunds, rights, notes. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from api.opening import words_view
from api.order.paths import order_path, return_path, return_steps
from api.schemas.values import instant
from api.views import Json, instant_or_none, money
from domain.money import Money
from domain.order.order import Order
from domain.order.returns import Refund, ReturnCase
from domain.order.shipments import Shipment, Units
from domain.ports.entitlements import Entitlement
from domain.ports.order_notes import OrderNote


def shipment_view(shipment: Shipment) -> Json:
    """What goes together, and where it stands."""
    plan = shipment.plan
    return {
        "id": shipment.id,
        "category": plan.category.value,
        "status": shipment.status.value,
        "lines": _lines(plan.units),
        "warehouse_id": plan.warehouse_id or None,
        "merchant_id": plan.merchant_id or None,
        "accept_by": instant_or_none(plan.accept_by),
        "carrier": shipment.carrier or None,
        "tracking_number": shipment.tracking_number or None,
        "end": shipment.end.value if shipment.end else None,
    }


def return_view(order_id: str, case: ReturnCase) -> Json:
    """What is to go back, and what became of it."""
    return {
        "id": case.id,
        "status": case.status.value,
        "lines": _lines(case.units),
        "reason": case.reason.value,
        "exchange": case.exchange,
        "goods_back": case.goods_back,
        "received": _lines(case.received),
        "refund_key": case.refund_key or None,
        "new_order_id": case.new_order_id or None,
        "links": {
            "self": return_path(order_id, case.id),
            "order": order_path(order_id),
            **return_steps(order_id, case),
        },
    }


def refund_view(refund: Refund) -> Json:
    """Money on its way back, or gone."""
    currency = refund.amount.currency
    return {
        "key": refund.key,
        "payment_key": refund.payment_key,
        "status": "done" if refund.done else "requested",
        "amount": money(refund.amount),
        "reason": refund.reason,
        "cause": refund.cause or None,
        "lines": [
            {"line": part.line, "quantity": part.quantity, "amount": money(Money(part.amount, currency))}
            for part in refund.units
        ],
    }


def return_answer(order: Order, case: ReturnCase) -> Json:
    """A return by itself, with the version of its order."""
    return {**return_view(order.id, case), "order_version": order.version}


def refund_answer(order: Order, refund: Refund) -> Json:
    """A refund by itself, with the version of its order."""
    return {**refund_view(refund), "order_version": order.version}


def entitlement_view(right: Entitlement) -> Json:
    """A buyer's right to virtual goods."""
    return {
        "line": right.line,
        "sku": right.sku,
        "quantity": right.quantity,
        "code": right.code,
        "issued_at": instant(right.issued_at),
        "revoked_at": instant_or_none(right.revoked_at),
    }


def note_view(note: OrderNote) -> Json:
    """What somebody wrote."""
    return {
        "id": note.id,
        "text": words_view(note.text),
        "by": note.by,
        "written_at": instant(note.written_at),
    }


def _lines(units: Iterable[Units]) -> list[Json]:
    return [{"line": part.line, "quantity": part.quantity} for part in units]
