"""Values and remarks as the JSON that callers see. Pure; the shapes are documented in `api.schemas`."""

from __future__ import annotations

from datetime import datetime

from api.schemas.values import instant
from domain.money import Money
from domain.order.lines import OrderLine
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
