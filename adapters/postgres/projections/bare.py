"""Events as read models need them: what happened to which stream when, and nothing of who said so and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from domain.events import EventMetadata, StoredEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS: Final = "order_id, version, position, event_type, schema_version, data, occurred_at"
_NOBODY: Final = EventMetadata()


def bare_event(row: Iterable[Any]) -> StoredEvent:
    """One row of `COLUMNS`; what is not among them is empty, and recorded when it occurred."""
    stream_id, version, position, event_type, schema_version, data, at = row
    return StoredEvent(stream_id, version, position, event_type, schema_version, data, at, at, "", _NOBODY)
