"""Makes a message of an event, or says why it can never be one. It sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.cloud_event import EventFormat, Subject, message_of, subject_of
from domain.errors import DomainError
from domain.events import JsonObject, StoredEvent
from domain.ports.brokers import LARGEST_MESSAGE, Message

# event type, schema version, data → the protobuf; None for a type without message.
EncodeBody = Callable[[str, int, JsonObject], bytes | None]
# What its body says against its JSON, None when they agree or when there is no body.
Contradiction = Callable[[StoredEvent], str | None]
# Raises whatever is wrong with an event that this release cannot read.
Decoder = Callable[[StoredEvent], object]


class UnsendableEventError(DomainError):
    """An event that can never be published as it is; `reason` says why."""

    code = "unsendable_event"


class Packer:
    """Events to messages. `decoders` has one for each subject that is published."""

    def __init__(
        self,
        event_format: EventFormat,
        decoders: Mapping[Subject, Decoder],
        encode_body: EncodeBody,
        contradiction: Contradiction,
    ) -> None:
        self._format = event_format
        self._decoders = decoders
        self._encode_body = encode_body
        self._contradiction = contradiction

    def pack(self, event: StoredEvent) -> Message | None:
        """The message; None for an event that is for nobody outside. Raises `UnsendableEventError`."""
        subject = subject_of(event.stream_id)
        decode = self._decoders.get(subject) if subject else None
        if decode is None:
            return None
        try:
            decode(event)
            contradiction = self._contradiction(event)
            body = self._body(event)
        except Exception as error:
            # Whatever is wrong with one event must stop its stream and nothing else.
            raise UnsendableEventError(reason=f"{type(error).__name__}: {error}"[:500]) from error
        if contradiction is not None:
            raise UnsendableEventError(reason=f"body contradicts the JSON: {contradiction}"[:500])
        message = message_of(event, body)
        if len(message.body) > LARGEST_MESSAGE:
            raise UnsendableEventError(
                reason=f"{len(message.body)} bytes; at most {LARGEST_MESSAGE} can be sent"
            )
        return message

    def _body(self, event: StoredEvent) -> bytes | None:
        if self._format is EventFormat.JSON:
            return None
        if event.body is not None:
            return event.body
        return self._encode_body(event.event_type, event.schema_version, event.data)
