"""Between JSON and protobuf messages of the same names, either way, without losing anything.

Times are ISO 8601 in UTC, enumerations lower-case words, missing things null, or left out where the contract
says `may_be_absent`. Guesses nothing: what does not fit is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from adapters.protobuf.v1 import events_pb2, options_pb2
from domain.errors import DomainError

Json = dict[str, Any]
_M = TypeVar("_M", bound=Message)
_OPTIONS: Any = options_pb2  # the stubs of extensions say nothing that a type checker can use
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400  # seconds


class UnfitForMessageError(DomainError):
    """JSON or bytes that are not what the contract says; `message` and `reason` tell which and why."""

    code = "unfit_for_message"


def to_message(kind: type[_M], data: Mapping[str, Any]) -> _M:
    """The JSON as a message. Raises `UnfitForMessageError` for what is unknown, missing or misplaced."""
    described: Any = kind.DESCRIPTOR
    try:
        return kind(**_packed(described, data))
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise UnfitForMessageError(message=kind.DESCRIPTOR.name, reason=str(error)) from error


def to_json(message: Message) -> Json:
    """The message as JSON. Raises `UnfitForMessageError` for an enumeration's value that has no name."""
    try:
        return _unpacked(message)
    except (ValueError, KeyError, OverflowError) as error:
        raise UnfitForMessageError(message=message.DESCRIPTOR.name, reason=str(error)) from error


def parsed(kind: type[_M], body: bytes) -> _M:
    """The bytes as a message. Raises `UnfitForMessageError`."""
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise UnfitForMessageError(message=kind.DESCRIPTOR.name, reason="not its bytes") from error


def may_be_absent(field: FieldDescriptor) -> bool:
    """Whether the JSON leaves the field out while it says nothing."""
    absent: bool = field.GetOptions().Extensions[_OPTIONS.may_be_absent]
    return absent


def may_be_null(field: FieldDescriptor) -> bool:
    """Whether the field need not be set, and its JSON is null then."""
    null: bool = field.GetOptions().Extensions[_OPTIONS.may_be_null]
    return null or (field.has_presence and field.message_type is None and not may_be_absent(field))


def word_of(enum: EnumDescriptor, number: int) -> str:
    """The JSON's word for a value of an enumeration. Raises `ValueError` for one that says nothing."""
    value = enum.values_by_number.get(number)
    if value is None or not number:
        raise ValueError(f"{enum.name} has no {number}")
    return value.name.removeprefix(_prefix(enum)).lower()


@dataclass(frozen=True, slots=True)
class _Field:
    """How one field goes over; `pack` and `unpack` take and give its whole value."""

    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]
    has_presence: bool
    may_be_absent: bool
    may_be_null: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a message goes over; `needed` are the fields that its JSON always has. A plain one is its JSON."""

    fields: Mapping[str, _Field]
    needed: frozenset[str]
    is_plain: bool


def _packed(descriptor: Descriptor, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a message as its constructor takes them: inner messages as plain dictionaries, which it
    turns into messages many times faster than we could.
    """
    plan = _plan(descriptor)
    if plan.is_plain and data.keys() == plan.fields.keys() and None not in data.values():
        return data
    said = {}
    for name, value in data.items():
        field = plan.fields[name]
        if value is not None:
            said[name] = field.pack(value)
        elif not field.may_be_null:
            raise ValueError(f"{name} cannot be null")
    if not data.keys() >= plan.needed:
        raise ValueError(f"{min(plan.needed - data.keys())} is missing")
    return said


def _unpacked(message: Message) -> Json:
    said: Json = {}
    for name, field in _plan(message.DESCRIPTOR).fields.items():
        if field.has_presence and not message.HasField(name):
            if field.may_be_null:
                said[name] = None
            elif not field.may_be_absent:
                raise ValueError(f"{name} is missing")
            continue
        value = getattr(message, name)
        if field.has_presence or not field.may_be_absent or value:
            said[name] = field.unpack(value)
    return said


@cache
def _plan(descriptor: Descriptor) -> _Plan:
    fields = {field.name: _field(field) for field in descriptor.fields}
    return _Plan(
        fields,
        needed=frozenset(name for name, field in fields.items() if not field.may_be_absent),
        is_plain=all(field.pack is _as_it_is for field in fields.values()),
    )


def _field(field: FieldDescriptor) -> _Field:
    pack, unpack = _ways(field)
    if field.message_type and field.message_type.GetOptions().map_entry:
        pack, unpack = _as_it_is, dict
    elif field.is_repeated:
        pack, unpack = partial(_each, pack), partial(_each, unpack)
    return _Field(pack, unpack, field.has_presence, may_be_absent(field), may_be_null(field))


def _ways(field: FieldDescriptor) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    if field.enum_type:
        return partial(_number_of, field.enum_type), partial(word_of, field.enum_type)
    if field.message_type is None:
        return _as_it_is, _as_it_is
    if field.message_type.full_name in _SPECIAL:
        return _SPECIAL[field.message_type.full_name]
    return partial(_packed, field.message_type), _unpacked


def _each(way: Callable[[Any], Any], values: Any) -> list[Any]:
    if isinstance(values, str | Mapping):
        raise TypeError("a list is needed")
    return list(values) if way is _as_it_is else [way(value) for value in values]


def _as_it_is(value: Any) -> Any:
    return value


def _prefix(enum: EnumDescriptor) -> str:
    return enum.values_by_number[0].name.removesuffix("UNSPECIFIED")


def _number_of(enum: EnumDescriptor, word: str) -> int:
    number: int = enum.values_by_name[_prefix(enum) + word.upper()].number
    return number


def _to_timestamp(text: str) -> dict[str, int]:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    since = moment - _EPOCH
    return {"seconds": since.days * _DAY + since.seconds, "nanos": since.microseconds * 1000}


def _from_timestamp(moment: Timestamp) -> str:
    return (_EPOCH + timedelta(seconds=moment.seconds, microseconds=moment.nanos // 1000)).isoformat()


def _to_list(values: Any) -> dict[str, list[str]]:
    return {"values": _each(_as_it_is, values)}


def _from_list(values: Any) -> list[str]:
    return list(values.values)


def _to_document(document: Any) -> dict[str, str]:
    return {"text": json.dumps(document, ensure_ascii=False, sort_keys=True)}


def _from_document(document: Any) -> Any:
    return json.loads(document.text)


_SPECIAL: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    Timestamp.DESCRIPTOR.full_name: (_to_timestamp, _from_timestamp),
    events_pb2.TextList.DESCRIPTOR.full_name: (_to_list, _from_list),
    events_pb2.JsonDocument.DESCRIPTOR.full_name: (_to_document, _from_document),
}
