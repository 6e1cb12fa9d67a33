"""The AsyncAPI 3 document: what we tell on which topic, what we are told, and how both are written.

Made from the contracts and the table of commands, so that it says what is really spoken.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from adapters.protobuf.codec import Json
from adapters.protobuf.events import EventContract, contracts
from adapters.protobuf.schemas import json_schemas, proto_text
from api.messaging.operations import OPERATIONS
from api.messaging.reading import LARGEST_COMMAND, CommandBody
from domain.cloud_event import SPECVERSION, TOPICS, ContentType, Subject
from domain.ports.brokers import LARGEST_MESSAGE
from domain.topics import Topic, poison_of

SCHEMAS: Final = "#/components/schemas/"
_PROTOBUF: Final = "application/vnd.google.protobuf;version=3"
_TEXT: Final[Json] = {"type": "string", "minLength": 1}
_ABOUT: Final = {
    Subject.ORDER: "What happens to orders, in the order in which it happened to each.",
    Subject.PRICE: "What happens to price proposals, in the order in which it happened to each.",
    Subject.BUYER: "What happens to buyers' personal data: whoever has copied any of it must listen.",
}
_DESCRIPTION: Final = (
    "Events and commands of Orderkeep. An event is a CloudEvent in binary mode: its attributes are headers,"
    " its body is protobuf or JSON as content-type says. Messages of one key (an order, a proposal, a buyer)"
    " keep their order; every message may come twice, with the same ce-id and ce-sequence. The body of an"
    f" event or an answer has at most {LARGEST_MESSAGE} bytes, that of a command {LARGEST_COMMAND}; what"
    " nobody can take goes to the topic with .poison behind its name."
)


@cache
def asyncapi() -> Json:
    """The whole document, made once. Nobody may change it."""
    told = contracts()
    return {
        "asyncapi": "3.0.0",
        "id": "urn:orderkeep",
        "info": {"title": "Orderkeep", "version": version("orderkeep"), "description": _DESCRIPTION},
        "defaultContentType": ContentType.PROTOBUF.value,
        "channels": _channels(told),
        "operations": _operations(),
        "components": {"messages": _messages(told), "schemas": _schemas(told)},
    }


def _channels(told: Iterable[EventContract]) -> Json:
    channels: Json = {}
    for subject, topic in TOPICS.items():
        names = [name for event in told if event.topic == topic for name in _names(event)]
        channels[topic.value] = _channel(topic, _ABOUT[subject], names)
    channels[Topic.ORDER_COMMANDS.value] = _channel(
        Topic.ORDER_COMMANDS,
        f"Commands, each the same request as over HTTP, of at most {LARGEST_COMMAND} bytes.",
        ["command"],
    )
    channels[Topic.ORDER_REPLIES.value] = _channel(
        Topic.ORDER_REPLIES,
        "Answers to commands. A command may name another topic that begins with this name and a dot.",
        ["reply"],
    )
    return channels


def _channel(topic: Topic, description: str, messages: Iterable[str]) -> Json:
    return {
        "address": topic.value,
        "description": f"{description} What nobody can take is in {poison_of(topic)}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }


def _operations() -> Json:
    told: Json = {
        f"tell-{subject.value}-events": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{topic.value}"},
            "summary": _ABOUT[subject],
        }
        for subject, topic in TOPICS.items()
    }
    asked = {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{Topic.ORDER_COMMANDS.value}"},
        "summary": "Carry a command out by the path of HTTP, and answer it.",
        "reply": {
            "address": {"location": "$message.header#/reply-topic"},
            "channel": {"$ref": f"#/channels/{Topic.ORDER_REPLIES.value}"},
        },
    }
    return {**told, "carry-out-commands": asked}


def _names(event: EventContract) -> tuple[str, str]:
    name = f"{event.event_type}.v{event.schema_version}"
    return name, f"{name}.json"


def _messages(told: Iterable[EventContract]) -> Json:
    messages: Json = {}
    for event in told:
        binary, text = _names(event)
        written = {"schemaFormat": _PROTOBUF, "schema": proto_text(event.descriptor)}
        messages[binary] = _event_message(event, ContentType.PROTOBUF, written)
        messages[text] = _event_message(event, ContentType.JSON, _ref(event.descriptor.name))
    messages["command"] = {
        "title": "A command",
        "contentType": ContentType.JSON.value,
        "headers": _ref("CommandHeaders"),
        "payload": _ref("Command"),
        "correlationId": {"location": "$message.header#/correlation-id"},
    }
    messages["reply"] = {
        "title": "The answer to a command",
        "contentType": ContentType.JSON.value,
        "headers": _ref("ReplyHeaders"),
        "payload": _ref("Reply"),
        "correlationId": {"location": "$message.header#/correlation-id"},
    }
    return messages


def _event_message(event: EventContract, written: ContentType, payload: Json) -> Json:
    subject = next(subject for subject, topic in TOPICS.items() if topic == event.topic)
    kind = f"orderkeep.{subject}.{event.event_type}.v{event.schema_version}"
    own = {"ce-type": {"const": kind}, "content-type": {"const": written.value}}
    return {
        "name": kind,
        "title": event.event_type,
        "contentType": written.value,
        "headers": {"allOf": [_ref("EventHeaders"), {"type": "object", "properties": own}]},
        "payload": payload,
        "correlationId": {"location": "$message.header#/ce-correlationid"},
    }


def _schemas(told: Iterable[EventContract]) -> Json:
    return {
        **json_schemas([event.descriptor for event in told], SCHEMAS),
        "EventHeaders": _headers(
            {
                "ce-specversion": {"const": SPECVERSION},
                "ce-id": {
                    **_TEXT,
                    "description": "The same whenever the event is told again.",
                },
                "ce-source": {**_TEXT, "examples": ["/orderkeep/orders"]},
                "ce-type": _TEXT,
                "ce-subject": {**_TEXT, "description": "Whose event it is: the key of the message."},
                "ce-partitionkey": {**_TEXT, "description": "The same as ce-subject."},
                "ce-sequence": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "From 1."},
                "ce-time": {"type": "string", "format": "date-time"},
                "ce-dataschema": _TEXT,
                "content-type": {"enum": [each.value for each in ContentType]},
            },
            {"ce-correlationid": _TEXT, "ce-causationid": _TEXT},
        ),
        "Command": _command(),
        "CommandHeaders": _headers(
            {},
            {
                "content-type": {"const": ContentType.JSON.value},
                "idempotency-key": {
                    **_TEXT,
                    "description": "As over HTTP, where something is changed.",
                },
                "api-key": {**_TEXT, "description": "Where keys are needed; its scopes are those of HTTP."},
                "reply-topic": {**_TEXT, "default": Topic.ORDER_REPLIES.value},
                "correlation-id": {
                    **_TEXT,
                    "description": "Names the answer; else the message's id does.",
                },
                "if-match": _TEXT,
                "prefer": _TEXT,
                "traceparent": {**_TEXT, "description": "W3C; its trace follows the order into its events."},
            },
        ),
        "Reply": {
            "type": "object",
            "properties": {
                "correlation_id": {"type": "string"},
                "status": {"type": "integer", "description": "That of HTTP."},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                "body": {"description": "The answer of HTTP, or its problem document."},
                "omitted": {"type": "string", "description": "Why there is no body."},
            },
            "required": ["correlation_id", "status", "headers", "body"],
        },
        "ReplyHeaders": _headers(
            {"content-type": {"const": ContentType.JSON.value}, "correlation-id": _TEXT},
            {"ce-id": _TEXT, "ce-type": _TEXT},
        ),
    }


def _command() -> Json:
    schema = CommandBody.model_json_schema(ref_template=SCHEMAS + "{model}")
    schema["properties"]["operation"] = {
        "enum": sorted(OPERATIONS),
        "description": "The call of HTTP that it is; the body is that call's own.",
    }
    return schema


def _headers(needed: Json, others: Json) -> Json:
    return {"type": "object", "properties": {**needed, **others}, "required": list(needed)}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": SCHEMAS + name}
