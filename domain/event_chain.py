"""The hash chain of a stream: each event's link is made from the one before it and from what the event says.

Who changes, removes, inserts or reorders a stored event breaks every later link. Positions and the store's
own clock take no part, so a stream keeps its chain when it is moved to another store.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING

from domain.events import EventMetadata

if TYPE_CHECKING:
    from domain.events import EventRecord, StoredEvent

LINK_BYTES = 32
_BEGINNING = b"orderkeep event chain 1\x00"
_STATED = tuple(field.name for field in fields(EventMetadata))
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def first_link(stream_id: str) -> bytes:
    """What the first event of a stream is chained to."""
    return sha256(_BEGINNING + stream_id.encode()).digest()


def digest_of(event: EventRecord | StoredEvent, command_key: str, metadata: EventMetadata) -> bytes:
    """SHA-256 of all that one event says: type, schema version, data, time, command, who and why."""
    said = content_text(event, canonical(event.data))
    return digest_of_text(said, command_text(command_key, who_and_why(metadata)))


def canonical(value: object) -> str:
    """JSON as digests see it: sorted keys, no blanks, ASCII. Equal values, equal text.

    Floats have no place in it: databases write some of them in another way.
    """
    return _encode(value)


def content_text(event: EventRecord | StoredEvent, data: str) -> str:
    """What the event itself says; `data` is the canonical text of its data."""
    at = event.occurred_at.astimezone(UTC).isoformat()
    return f'{canonical(event.event_type)},{event.schema_version},{data},"{at}"'


def command_text(command_key: str, said_by: str) -> str:
    """What all events of one command have in common: the key, and the text of who and why."""
    return f"{canonical(command_key)},{said_by}"


def who_and_why(metadata: EventMetadata) -> str:
    """The canonical text of what is stated."""
    return canonical(stated(metadata))


def stated(metadata: EventMetadata) -> dict[str, str]:
    """Who and why, without what is empty."""
    return {name: value for name in _STATED if (value := getattr(metadata, name))}


def digest_of_text(content: str, command: str) -> bytes:
    """The digest of an event from its two texts, for whoever makes many of them."""
    return sha256(f"[{content},{command}]".encode()).digest()


def next_link(previous: bytes, digest: bytes) -> bytes:
    """The link of an event with that digest, after the link `previous`."""
    return sha256(previous + digest).digest()
