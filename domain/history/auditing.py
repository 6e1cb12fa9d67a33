"""An event as the answer to who, when, why and caused by what. Finding the events is the port's matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from domain.events import is_order_stream
from domain.ports.audit import AuditEntry

if TYPE_CHECKING:
    from domain.events import JsonObject, StoredEvent

_LONGEST = 300
_NOBODY = "system"
# In this order, whatever order a store gives fields in. What people wrote in their own words is not among
# them, nor is any address: an audit shows no personal data.
_TOLD = (
    *("total", "amount", "reported", "reason", "decision", "cause", "attempt", "provider", "capture"),
    *("payment_key", "refund_key", "shipment_id", "return_id", "order_id", "units", "lines", "exchange"),
    *("goods_back", "restock", "content", "starts_at", "payment_deadline"),
)


def entry_of(event: StoredEvent) -> AuditEntry:
    """What one event says of itself."""
    metadata = event.metadata
    acted = metadata.actor if metadata.actor != _NOBODY else str(event.data.get("by") or _NOBODY)
    return AuditEntry(
        stream_id=event.stream_id,
        version=event.version,
        position=event.position,
        what=event.event_type,
        change=change_of(event.data),
        who=acted,
        why=metadata.causation_id or _words_of(event),
        caused_by=metadata.correlation_id or metadata.workflow_id,
        workflow_id=metadata.workflow_id,
        run_id=metadata.run_id,
        trace_id=metadata.trace_id,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
    )


def _words_of(event: StoredEvent) -> str:
    """What somebody said about a price; those who speak of orders are buyers, and not quoted."""
    if is_order_stream(event.stream_id):
        return ""
    return str(event.data.get("comment") or event.data.get("reason") or "")


def change_of(data: JsonObject) -> str:
    """What an event changed, in one short line; money in minor units with its currency."""
    told = (part for name in _TOLD if name in data for part in _words(name, data[name]))
    return ", ".join(told)[:_LONGEST]


def _words(name: str, value: object) -> Iterator[str]:
    shown = name.replace("_", " ")
    match value:
        case True:
            yield shown
        case {"amount": amount, "currency": currency}:
            yield f"{shown} {amount} {currency}"
        case {"prices": prices, "promotion": promotion}:
            yield from _content(prices, promotion)
        case list() if value:
            yield f"{len(value)} {shown}"
        case str() | int() if value:
            yield f"{shown} {value}"
        case _:
            pass


def _content(prices: object, promotion: object) -> Iterator[str]:
    match prices:
        case {"sku": sku, "prices": list(each)}:
            yield f"price of {sku}: " + " or ".join(_price(one) for one in each)
        case _:
            pass
    match promotion:
        case {"kind": kind, "skus": skus}:
            yield f"{kind} of {' and '.join(map(str, skus)) if isinstance(skus, list) else 'everything'}"
        case _:
            pass


def _price(price: Mapping[str, object]) -> str:
    match price:
        case {"discount_price": {"amount": amount, "currency": currency}, "region": region}:
            return f"{amount} {currency}{f' in {region}' if region else ''}"
        case _:
            return "unknown"
