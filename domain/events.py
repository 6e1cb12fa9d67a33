"""Events as the store keeps them: a type name, a schema version, plain JSON, and who caused it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

JsonObject = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class EventMetadata:
    """The audit answer to who and why. `actor` is free of personal data; ids are empty when unknown."""

    correlation_id: str = ""
    causation_id: str = ""
    actor: str = "system"
    workflow_id: str = ""
    run_id: str = ""
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event on its way into the store."""

    event_type: str
    schema_version: int
    data: JsonObject
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as the store keeps it. `version` counts within its stream from 1, `position` over all.

    `link` is the event's place in the hash chain of its stream (`domain.event_chain`). `body` is the same
    event as protobuf, None when its type has no message.
    """

    stream_id: str
    version: int
    position: int
    event_type: str
    schema_version: int
    data: JsonObject
    occurred_at: datetime
    recorded_at: datetime
    command_key: str
    metadata: EventMetadata = field(default_factory=EventMetadata)
    link: bytes = b""
    body: bytes | None = None


def is_order_stream(stream_id: str) -> bool:
    """True for an order's stream, which is named by its id alone; those of all others are `{what}:{id}`."""
    return ":" not in stream_id
