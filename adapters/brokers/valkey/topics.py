"""Names of keys, and how a message stands in a stream's entry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from domain.ports.brokers import Message


def topic_key(topic: str) -> str:
    """The hash that says that a topic exists and how many partitions it has."""
    return f"broker:{{{topic}}}"


def log_key(topic: str, partition: int) -> str:
    """The stream of one partition."""
    return f"{topic_key(topic)}:{partition}"


def members_key(topic: str, group: str) -> str:
    """The sorted set of a group's members by their last beat."""
    return f"{topic_key(topic)}:group:{group}:members"


def owners_key(topic: str, group: str) -> str:
    """The hash of who owns which partition for a group."""
    return f"{topic_key(topic)}:group:{group}:owners"


def to_arguments(message: Message, partition: int, identity: str) -> tuple[str | bytes, ...]:
    """What the publishing script takes for one message."""
    headers = json.dumps(dict(message.headers), ensure_ascii=False) if message.headers else ""
    return (str(partition), identity, message.id, message.key, headers, message.body)


def to_message(topic: str, fields: Sequence[bytes]) -> Message:
    """Read an entry. One that a stranger wrote may lack anything; it comes with what it has."""
    entry = dict(zip(fields[::2], fields[1::2], strict=False))
    return Message(
        topic=topic,
        key=_text(entry.get(b"key", b"")),
        id=_text(entry.get(b"id", b"")),
        body=entry.get(b"body", b""),
        headers=_headers(entry.get(b"headers", b"")),
    )


def _headers(text: bytes) -> Mapping[str, str]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")
