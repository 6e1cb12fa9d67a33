"""Reads messages of events: headers, then the body by its content type, then what happened."""

from __future__ import annotations

import json
from collections.abc import Callable

from domain.cloud_event import CloudEvent, ContentType, Subject, UnreadableMessageError, read_message
from domain.events import EventRecord, JsonObject
from domain.order.encoding import check_stream, decode
from domain.order.events import OrderEvent
from domain.ports.brokers import Message
from domain.ports.consumption import HeardEvent

# event type, schema version, body → its JSON. Raises what is wrong with the body.
DecodeBody = Callable[[str, int, bytes], JsonObject]


class OrderHearing:
    """Messages of `order-events` to events of orders. `decode_body` reads protobuf."""

    def __init__(self, decode_body: DecodeBody) -> None:
        self._decode_body = decode_body

    def __call__(self, message: Message) -> HeardEvent:
        """What the message says. Raises `UnreadableMessageError` when not even its place can be known.

        A body that cannot be read, of an unknown type or version too, is a fault of the event in its place.
        """
        said = read_message(message)
        if said.subject is not Subject.ORDER:
            raise UnreadableMessageError(attribute="subject", rule="an order")
        event, fault = None, ""
        try:
            event = self._event(said, message.body)
        except Exception as error:  # noqa: BLE001 - whatever it is, this one event cannot be taken
            fault = f"{type(error).__name__}: {error}"[:500]
        return HeardEvent(message, said.stream_id, said.version, said.occurred_at, event, fault)

    def _event(self, said: CloudEvent, body: bytes) -> OrderEvent:
        if said.content_type is ContentType.JSON:
            data = json.loads(body.decode("utf-8"))
        else:
            data = self._decode_body(said.event_type, said.schema_version, body)
        event = decode(EventRecord(said.event_type, said.schema_version, data, said.occurred_at))
        check_stream(event, said.stream_id)
        return event
