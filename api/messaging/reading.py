"""Reads a command message strictly, as the API reads a body. It carries nothing out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from api.edge import BODY_LIMIT, BodyTooLargeError
from api.errors import FieldError
from api.json_body import InvalidRequestError, MalformedJsonError, UnsupportedMediaTypeError, field_errors
from api.messaging.operations import OPERATIONS, Operation
from domain.errors import DomainError
from domain.ports.brokers import Message
from domain.topics import Topic

CONTENT_TYPE = "application/json"
LARGEST_COMMAND = BODY_LIMIT  # bytes of the message's body: a command is a call of HTTP
_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_REPLY_TOPIC = re.compile(rf"{Topic.ORDER_REPLIES}(\.[a-z0-9-]{{1,60}})?")
_CORRELATION = re.compile(r"[\x21-\x7e]{1,200}")


class UnknownOperationError(DomainError):
    """A command that nobody here carries out; `known` names those that are."""

    code = "unknown_operation"


class MessageKeyMissingError(DomainError):
    """A command without a key: it could overtake another one about the same order."""

    code = "message_key_missing"


class ReplyTopicNotAllowedError(DomainError):
    """Answers go to the topic for replies, or to one whose name begins with its name and a dot."""

    code = "reply_topic_not_allowed"


class CommandBody(BaseModel):
    """A command as JSON: the name of the call, the order that it is about, and the call's own body."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    operation: str
    order_id: str | None = None
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command that can be carried out. `body` is the JSON of the HTTP call, empty when it has none."""

    operation: Operation
    path: str
    body: bytes


def reply_topic_of(message: Message) -> str:
    """Where the answer goes. Raises `ReplyTopicNotAllowedError`."""
    topic = message.headers.get("reply-topic", Topic.ORDER_REPLIES.value)
    if not _REPLY_TOPIC.fullmatch(topic):
        raise ReplyTopicNotAllowedError(allowed=f"{Topic.ORDER_REPLIES} or {Topic.ORDER_REPLIES}.…")
    return topic


def correlation_of(message: Message) -> str:
    """By what the sender knows the answer; empty when there is nothing to know it by."""
    stated = message.headers.get("correlation-id", message.id)
    return stated if _CORRELATION.fullmatch(stated) else ""


def read_command(message: Message) -> Command:
    """What is to be done. Raises the errors above, and those by which the API refuses bodies."""
    if not message.key:
        raise MessageKeyMissingError
    if len(message.body) > LARGEST_COMMAND:
        raise BodyTooLargeError
    media = message.headers.get("content-type", CONTENT_TYPE).partition(";")[0].strip().lower()
    if media != CONTENT_TYPE:
        raise UnsupportedMediaTypeError
    document = _document(message.body)
    try:
        said = CommandBody.model_validate(document)
    except ValidationError as error:
        raise InvalidRequestError(field_errors(error)) from error
    operation = OPERATIONS.get(said.operation)
    if operation is None:
        raise UnknownOperationError(known=sorted(OPERATIONS))
    order_id = said.order_id or ""
    if operation.is_about_an_order != bool(_ORDER_ID.fullmatch(order_id)) or (
        said.order_id is not None and not operation.is_about_an_order
    ):
        rule = "names the order" if operation.is_about_an_order else "only where a call is about one order"
        raise InvalidRequestError((FieldError("/order_id", rule),))
    return Command(operation, operation.path_of(order_id), b"" if said.body is None else _json(said.body))


def _json(body: Any) -> bytes:
    # Hardly ever longer than it came: what HTTP would take must not be too large because of its language.
    try:
        return json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a character, which only an escape can say
        return json.dumps(body, allow_nan=False).encode()


def _document(body: bytes) -> Any:
    try:
        # Decoded here, because `json.loads` would guess UTF-16 from bytes.
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(document, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise MalformedJsonError from error
    return document


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(constant)
