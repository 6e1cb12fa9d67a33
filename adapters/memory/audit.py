"""The audit trail over events in memory, for tests and examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.events import is_order_stream
from domain.history.auditing import entry_of
from domain.ports.audit import AuditEntry, AuditSubject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.events import StoredEvent
    from domain.ports.events import EventFeed

_EVERYTHING = 1_000_000_000


class MemoryAuditTrail:
    """`domain.ports.audit.AuditTrail` that looks through all events."""

    def __init__(self, feed: EventFeed) -> None:
        self._feed = feed

    async def of(
        self,
        subject: AuditSubject,
        id: str,  # noqa: A002 - as the port
        limit: int = 1_000,
        *,
        after: int = 0,
    ) -> Sequence[AuditEntry]:
        """See the port."""
        events = (await self._feed.after(0, _EVERYTHING)).events
        match subject:
            case AuditSubject.ORDER:
                found = [event for event in events if event.stream_id == id and is_order_stream(id)]
            case AuditSubject.REFUND:
                found = [event for event in events if event.data.get("refund_key") == id]
            case AuditSubject.PRICE:
                streams = {event.stream_id for event in events if _speaks_of(event, id)}
                found = [event for event in events if event.stream_id in streams]
        later = [event for event in found if event.position > after]
        return tuple(entry_of(event) for event in later[:limit])


def _speaks_of(event: StoredEvent, sku: str) -> bool:
    content: Any = event.data.get("content")
    if is_order_stream(event.stream_id) or content is None:
        return False
    prices, promotion = content["prices"] or {}, content["promotion"] or {}
    return prices.get("sku") == sku or sku in (promotion.get("skus") or ())
