"""Makes the message that answers a command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.ports.brokers import LARGEST_MESSAGE, Message

# What of an HTTP answer's headers means something to whoever asked by message.
TOLD_HEADERS = ("etag", "idempotent-replayed", "location", "retry-after")


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of the API: its status, what it says as JSON, and the headers that matter."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def reply_message(command: Message, correlation: str, topic: str, reply: Reply) -> Message:
    """The answer as a message under the command's key. Its id is the command's, so that repeats are known.

    A body that no message can hold is left out, and `omitted` says so: it can be asked for over HTTP.
    """
    said = {"correlation_id": correlation, "status": reply.status, "headers": dict(reply.headers)}
    body = json.dumps({**said, "body": reply.body}, ensure_ascii=False).encode("utf-8", "replace")
    if len(body) > LARGEST_MESSAGE:
        body = json.dumps({**said, "body": None, "omitted": "larger than a message can be"}).encode()
    name = f"reply:{command.id or correlation}"
    return Message(
        topic=topic,
        key=command.key or correlation,
        id=name,
        body=body,
        headers={
            "ce-specversion": "1.0",
            "ce-id": name,
            "ce-source": "/orderkeep/commands",
            "ce-type": "orderkeep.command.answered.v1",
            "ce-partitionkey": command.key or correlation,
            "content-type": "application/json",
            "correlation-id": correlation,
        },
    )
