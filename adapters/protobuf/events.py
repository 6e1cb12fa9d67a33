"""Stored events as protobuf: the `body` beside their JSON, and whether the two say the same.

One message for each schema version of a type. A type without a message has no body; that is no error here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from adapters.protobuf.codec import Json, UnfitForMessageError, parsed, to_json, to_message
from adapters.protobuf.v1 import events_pb2, options_pb2, payments_pb2
from domain.events import JsonObject, StoredEvent
from domain.upcasting import UnknownEventTypeError

_OPTIONS: Any = options_pb2  # the stubs of extensions say nothing that a type checker can use


@dataclass(frozen=True, slots=True)
class EventContract:
    """The message of one schema version of an event type, and the topic on which it is published."""

    event_type: str
    schema_version: int
    topic: str
    kind: type[Message]

    @property
    def descriptor(self) -> Descriptor:
        """What the message is made of."""
        described: Any = self.kind.DESCRIPTOR
        return cast("Descriptor", described)


def contracts() -> tuple[EventContract, ...]:
    """All of them, by type and version."""
    return tuple(_CONTRACTS[key] for key in sorted(_CONTRACTS))


def contract_of(event_type: str, schema_version: int) -> EventContract | None:
    """The contract of this version of the type, None when it has none."""
    return _CONTRACTS.get((event_type, schema_version))


def encode(event_type: str, schema_version: int, data: JsonObject) -> bytes | None:
    """The event's body; equal data have equal bytes. None for a type or version without a message.

    Raises `UnfitForMessageError` for data that the message cannot say.
    """
    contract = contract_of(event_type, schema_version)
    if contract is None:
        return None
    return to_message(contract.kind, data).SerializeToString(deterministic=True)


def decode(event_type: str, schema_version: int, body: bytes) -> Json:
    """The event's JSON back, as it was encoded. Raises `UnknownEventTypeError`, `UnfitForMessageError`."""
    contract = contract_of(event_type, schema_version)
    if contract is None:
        raise UnknownEventTypeError(event_type=event_type, schema_version=schema_version)
    return to_json(parsed(contract.kind, body))


def contradicts(event: StoredEvent) -> str | None:
    """How body and JSON of a stored event differ, in words; None when they agree or there is no body."""
    contract = contract_of(event.event_type, event.schema_version)
    if event.body is None:
        return None
    if contract is None:
        return f"{event.event_type} v{event.schema_version} has a body, but no contract"
    try:
        body = parsed(contract.kind, event.body)
        stated = to_message(contract.kind, event.data)
        if body == stated:
            return None
        heard, said = to_json(body), to_json(stated)
    except UnfitForMessageError as error:
        return f"{error.facts['message']}: {error.facts['reason']}"
    other = sorted(name for name in heard.keys() | said.keys() if heard.get(name) != said.get(name))
    return f"{', '.join(other)} differ" if other else "the body says more than the contract knows"


def _found() -> Iterator[EventContract]:
    for file in (events_pb2.DESCRIPTOR, payments_pb2.DESCRIPTOR):
        for descriptor in file.message_types_by_name.values():
            said = descriptor.GetOptions()
            if said.HasExtension(_OPTIONS.event):
                event = said.Extensions[_OPTIONS.event]
                yield EventContract(event.type, event.version, event.topic, GetMessageClass(descriptor))


_CONTRACTS: Mapping[tuple[str, int], EventContract] = {
    (contract.event_type, contract.schema_version): contract for contract in _found()
}
