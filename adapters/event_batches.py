"""A batch on its way into an event store: checked, as canonical JSON, digested, encoded. Stores nothing.

Shared by all stores, so that an event reads the same and is chained the same wherever it is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from domain.errors import InvalidValueError
from domain.event_chain import canonical, command_text, content_text, digest_of_text, who_and_why
from domain.events import EventMetadata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.events import EventRecord
    from domain.ports.events import EncodeBody

_STATED = tuple(field.name for field in fields(EventMetadata))
_NUL = "\\u0000"
_HALF = "\\ud"


@dataclass(frozen=True, slots=True)
class EventBatch:
    """One command's events. `data`, `digests` and `bodies` hold one item for each event, in order.

    `command_digest` tells whether a repeated command says the same; the caller's metadata has no part in it.
    `said_by` is the metadata as JSON, without what is empty.
    """

    stream_id: str
    expected_version: int
    command_key: str
    command_digest: bytes
    events: tuple[EventRecord, ...]
    data: tuple[str, ...]
    digests: tuple[bytes, ...]
    bodies: tuple[bytes | None, ...]
    metadata: EventMetadata
    said_by: str


def batch_of(
    stream_id: str,
    expected_version: int,
    command_key: str,
    events: Sequence[EventRecord],
    metadata: EventMetadata,
    *,
    encode_body: EncodeBody | None = None,
) -> EventBatch:
    """Prepare what `EventStore.append` was given.

    Raises `InvalidValueError` for an empty batch, key, stream id or event type, a version below its first
    one, a time without zone, or NUL and half characters, which no database keeps in text.
    """
    _check(stream_id, expected_version, command_key, events)
    data = tuple(canonical(event.data) for event in events)
    contents = [content_text(event, text) for event, text in zip(events, data, strict=True)]
    said_by = who_and_why(metadata)
    command = command_text(command_key, said_by)
    _check_text(canonical(stream_id), command, *contents)
    return EventBatch(
        stream_id=stream_id,
        expected_version=expected_version,
        command_key=command_key,
        command_digest=_digest_of_command(contents),
        events=tuple(events),
        data=data,
        digests=tuple(digest_of_text(content, command) for content in contents),
        bodies=tuple(
            encode_body(event.event_type, event.schema_version, event.data) if encode_body else None
            for event in events
        ),
        metadata=metadata,
        said_by=said_by,
    )


def metadata_from(stated: Mapping[str, Any]) -> EventMetadata:
    """The metadata that was stored: what is not stated was empty, the actor too. What a later release states
    besides is passed over, so that nobody who reads stands still at it.
    """
    return EventMetadata(**{name: stated.get(name, "") for name in _STATED})


def _digest_of_command(contents: Sequence[str]) -> bytes:
    text = ",".join(f"[{content}]" for content in contents)
    return sha256(f"[{text}]".encode()).digest()


def _check(stream_id: str, expected: int, command_key: str, events: Sequence[EventRecord]) -> None:
    for field, given in (("stream_id", stream_id), ("command_key", command_key), ("events", events)):
        if not given:
            raise InvalidValueError(field=field, rule="not empty")
    if expected < 0:
        raise InvalidValueError(field="expected_version", rule="not negative")
    for event in events:
        _check_event(event)


def _check_event(event: EventRecord) -> None:
    if not event.event_type:
        raise InvalidValueError(field="event_type", rule="not empty")
    if event.schema_version < 1:
        raise InvalidValueError(field="schema_version", rule="at least 1")
    if event.occurred_at.tzinfo is None:
        raise InvalidValueError(field="occurred_at", rule="with a time zone")


def _check_text(*texts: str) -> None:
    # An escaped backslash before u0000 is no NUL: drop those before looking twice.
    if any(_NUL in text and _NUL in text.replace("\\\\", "") for text in texts):
        raise InvalidValueError(field="events", rule="no NUL character")
    if any(_HALF in text and not _is_whole(text) for text in texts):
        raise InvalidValueError(field="events", rule="no half of a surrogate pair")


def _is_whole(text: str) -> bool:
    try:
        json.dumps(json.loads(f"[{text}]"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
