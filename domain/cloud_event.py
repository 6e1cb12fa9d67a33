"""Stored events as CloudEvents 1.0 in binary mode, and back: attributes in headers, the event in the body.

Pure mapping. Who encodes a body as protobuf, and who sends the message, is said elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType

from domain.errors import DomainError
from domain.events import JsonObject, StoredEvent, is_order_stream
from domain.ports.brokers import Message
from domain.topics import Topic

SPECVERSION = "1.0"
CONTENT_TYPE = "content-type"
_LARGEST_VERSION = 2**31 - 1
_TYPE = re.compile(r"orderkeep\.(order|price|buyer)\.([A-Za-z][A-Za-z0-9]{0,99})\.v([1-9][0-9]{0,5})")
_SEQUENCE = re.compile(r"[1-9][0-9]{0,9}")


class ContentType(StrEnum):
    """How a body is written."""

    PROTOBUF = "application/protobuf"
    JSON = "application/json"


class EventFormat(StrEnum):
    """How bodies of published events are written."""

    PROTOBUF = "protobuf"
    JSON = "json"


class Subject(StrEnum):
    """What an event is about."""

    ORDER = "order"
    PRICE = "price"
    BUYER = "buyer"


TOPICS: Mapping[Subject, Topic] = MappingProxyType(
    {
        Subject.ORDER: Topic.ORDER_EVENTS,
        Subject.PRICE: Topic.PRICE_EVENTS,
        Subject.BUYER: Topic.BUYER_EVENTS,
    }
)


class NoTopicError(DomainError):
    """An event of a stream that is for nobody outside."""

    code = "no_topic"


class UnreadableMessageError(DomainError):
    """A message that is no CloudEvent of ours; `attribute` and `rule` say why."""

    code = "unreadable_message"


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """What a message says of the event in its body. `version` counts within the stream from 1."""

    stream_id: str
    version: int
    subject: Subject
    event_type: str
    schema_version: int
    occurred_at: datetime
    content_type: ContentType
    correlation_id: str = ""

    @property
    def id(self) -> str:
        """Stable over repeats, unique over all sources."""
        return f"{self.stream_id}:{self.version}"


def subject_of(stream_id: str) -> Subject | None:
    """What the events of a stream are about; None when they are not for others."""
    if is_order_stream(stream_id):
        return Subject.ORDER
    kind = stream_id.partition(":")[0]
    return Subject(kind) if kind in {Subject.PRICE, Subject.BUYER} else None


def message_of(event: StoredEvent, body: bytes | None) -> Message:
    """The event as a message: `body` as protobuf, or its JSON without one. Raises `NoTopicError`."""
    subject = subject_of(event.stream_id)
    if subject is None:
        raise NoTopicError(stream_id=event.stream_id)
    content_type = ContentType.JSON if body is None else ContentType.PROTOBUF
    said = {
        "specversion": SPECVERSION,
        "id": f"{event.stream_id}:{event.version}",
        "source": _source(subject),
        "type": f"orderkeep.{subject}.{event.event_type}.v{event.schema_version}",
        "subject": event.stream_id,
        "time": _rfc3339(event.occurred_at),
        "partitionkey": event.stream_id,
        "sequence": str(event.version),
        "dataschema": f"urn:orderkeep:{subject}:{event.event_type}:v{event.schema_version}",
        "correlationid": event.metadata.correlation_id,
        "causationid": event.metadata.causation_id,
    }
    headers = {f"ce-{name}": value for name, value in said.items() if value}
    return Message(
        topic=TOPICS[subject].value,
        key=event.stream_id,
        id=said["id"],
        body=json_body(event.data) if body is None else body,
        headers={**headers, CONTENT_TYPE: content_type.value},
    )


def json_body(data: JsonObject) -> bytes:
    """Compact JSON in UTF-8. Raises `ValueError` for what JSON does not have."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def read_message(message: Message) -> CloudEvent:
    """What the headers say; the body is not looked at. Raises `UnreadableMessageError`."""
    headers = message.headers
    if _stated(headers, "ce-specversion") != SPECVERSION:
        raise UnreadableMessageError(attribute="specversion", rule=SPECVERSION)
    kind = _TYPE.fullmatch(_stated(headers, "ce-type"))
    if kind is None:
        raise UnreadableMessageError(attribute="type", rule="orderkeep.{subject}.{name}.v{number}")
    subject = Subject(kind[1])
    event = CloudEvent(
        stream_id=_stated(headers, "ce-subject"),
        version=_version(_stated(headers, "ce-sequence")),
        subject=subject,
        event_type=kind[2],
        schema_version=int(kind[3]),
        occurred_at=_moment(_stated(headers, "ce-time")),
        content_type=_content_type(_stated(headers, CONTENT_TYPE)),
        correlation_id=headers.get("ce-correlationid", ""),
    )
    _agrees(event, message)
    return event


def _agrees(event: CloudEvent, message: Message) -> None:
    headers = message.headers
    rules = {
        "source": headers.get("ce-source") == _source(event.subject),
        "subject": subject_of(event.stream_id) is event.subject,
        "id": headers.get("ce-id") == event.id,
        "partitionkey": headers.get("ce-partitionkey") == event.stream_id == message.key,
        "topic": message.topic == TOPICS[event.subject],
    }
    for attribute, kept in rules.items():
        if not kept:
            raise UnreadableMessageError(attribute=attribute, rule="agrees with the rest")


def _source(subject: Subject) -> str:
    return f"/orderkeep/{subject}s"


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _stated(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise UnreadableMessageError(attribute=name, rule="stated")
    return value


def _version(text: str) -> int:
    if not _SEQUENCE.fullmatch(text) or int(text) > _LARGEST_VERSION:
        raise UnreadableMessageError(attribute="sequence", rule="a version")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableMessageError(attribute="time", rule="RFC 3339") from error
    if moment.tzinfo is None:
        raise UnreadableMessageError(attribute="time", rule="with its offset")
    return moment


def _content_type(text: str) -> ContentType:
    media = text.partition(";")[0].strip().lower()
    try:
        return ContentType(media)
    except ValueError as error:
        raise UnreadableMessageError(attribute="content-type", rule="protobuf or JSON") from error
