"""A buyer's events to plain JSON and back, by the rules of `domain.order.encoding`."""

from __future__ import annotations

from domain.buyer.events import BuyerErased, BuyerEvent
from domain.events import EventRecord, StoredEvent
from domain.order.encoding import from_plain, to_plain
from domain.upcasting import UnknownEventTypeError, Upcasters

UPCASTERS = Upcasters({})
_NAME = BuyerErased.__name__


def encode(event: BuyerEvent) -> EventRecord:
    """The event as the store takes it."""
    return EventRecord(_NAME, UPCASTERS.current(_NAME), to_plain(event), event.erased_at)


def decode(stored: StoredEvent | EventRecord) -> BuyerEvent:
    """The event back from its JSON. Raises `UnknownEventTypeError`; never guesses."""
    if stored.event_type != _NAME:
        raise UnknownEventTypeError(event_type=stored.event_type, schema_version=stored.schema_version)
    data = UPCASTERS.upcast(stored.event_type, stored.schema_version, stored.data)
    event: BuyerErased = from_plain(BuyerErased, data)
    return event
