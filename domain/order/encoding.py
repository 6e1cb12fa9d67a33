"""Order events to plain JSON and back. Each event type has a schema version; old ones are upcast when read.

A field that was added without a new version has a default and is keyword-only: it is written only when it
says something, and read as its default where an old event lacks it.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping

from domain.events import EventRecord, StoredEvent
from domain.order.errors import IllegalEventError
from domain.order.events import OrderDrafted, OrderEvent, time_of
from domain.order.plain import from_plain, to_plain
from domain.order.upcasting import UPCASTERS
from domain.upcasting import UnknownEventTypeError

__all__ = ["decode", "encode", "from_plain", "to_plain"]

_EVENT_TYPES: Mapping[str, type[OrderEvent]] = {kind.__name__: kind for kind in typing.get_args(OrderEvent)}


def encode(event: OrderEvent) -> EventRecord:
    """The event as the store takes it."""
    kind = type(event).__name__
    return EventRecord(kind, UPCASTERS.current(kind), to_plain(event), time_of(event))


def decode(stored: StoredEvent | EventRecord) -> OrderEvent:
    """The event back from its JSON, of whatever version. Never guesses.

    Raises `UnknownEventTypeError`, and `IllegalEventError` for a draft that stands in another order's stream.
    """
    kind = _EVENT_TYPES.get(stored.event_type)
    if kind is None:
        raise UnknownEventTypeError(event_type=stored.event_type, schema_version=stored.schema_version)
    data = UPCASTERS.upcast(stored.event_type, stored.schema_version, stored.data)
    event: OrderEvent = from_plain(kind, data)
    if isinstance(stored, StoredEvent):
        check_stream(event, stored.stream_id)
    return event


def check_stream(event: OrderEvent, stream_id: str) -> None:
    """Raises `IllegalEventError` for the draft of another order: it would be shown in that order's place."""
    if isinstance(event, OrderDrafted) and event.order_id != stream_id:
        raise IllegalEventError(event="OrderDrafted", order=event.order_id, stream=stream_id)
