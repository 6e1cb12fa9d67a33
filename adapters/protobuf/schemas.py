"""The contracts for people and tools: JSON Schemas of the JSON forms, and the text of messages.

Made from descriptors, so that both say what is really spoken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.timestamp_pb2 import Timestamp

from adapters.protobuf.codec import Json, may_be_absent, may_be_null, word_of
from adapters.protobuf.v1 import events_pb2

_TIMESTAMP: Final = Timestamp.DESCRIPTOR.full_name
_SCALARS: Final[dict[int, tuple[str, Json]]] = {
    FieldDescriptor.TYPE_STRING: ("string", {"type": "string"}),
    FieldDescriptor.TYPE_BOOL: ("bool", {"type": "boolean"}),
    FieldDescriptor.TYPE_INT32: ("int32", {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}),
    FieldDescriptor.TYPE_INT64: ("int64", {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}),
}
_SPECIAL: Final[dict[str, Json]] = {
    _TIMESTAMP: {"type": "string", "format": "date-time"},
    events_pb2.TextList.DESCRIPTOR.full_name: {"type": "array", "items": {"type": "string"}},
    events_pb2.JsonDocument.DESCRIPTOR.full_name: {"type": "object"},
}


def json_schemas(messages: Iterable[Descriptor], prefix: str) -> dict[str, Json]:
    """JSON Schemas (draft 7) of these messages and all within them, by name; `prefix` begins references."""
    return {
        descriptor.name: _schema(descriptor, prefix)
        for descriptor in _with_parts(messages)
        if descriptor.full_name not in _SPECIAL
    }


def proto_text(message: Descriptor) -> str:
    """A message and all that it needs, as one proto3 file."""
    parts = list(_with_parts([message]))
    enums = {
        field.enum_type.full_name: field.enum_type
        for part in parts
        for field in part.fields
        if field.enum_type
    }
    own = [part for part in parts if part.full_name != _TIMESTAMP]
    imports = ['import "google/protobuf/timestamp.proto";'] if len(own) < len(parts) else []
    return "\n\n".join(
        [
            'syntax = "proto3";',
            f"package {message.file.package};",
            *imports,
            *(_message_text(part) for part in own),
            *(_enum_text(enum) for enum in enums.values()),
        ]
    )


def _with_parts(messages: Iterable[Descriptor]) -> Iterator[Descriptor]:
    """Each message once, before the messages of its fields."""
    seen: set[str] = set()
    waiting = list(messages)
    while waiting:
        descriptor = waiting.pop(0)
        if descriptor.full_name not in seen:
            seen.add(descriptor.full_name)
            yield descriptor
            if descriptor.full_name != _TIMESTAMP:
                waiting += [
                    field.message_type
                    for field in descriptor.fields
                    if field.message_type and not _is_map(field)
                ]


def _schema(descriptor: Descriptor, prefix: str) -> Json:
    return {
        "type": "object",
        "properties": {field.name: _field_schema(field, prefix) for field in descriptor.fields},
        "required": [field.name for field in descriptor.fields if not may_be_absent(field)],
        "additionalProperties": False,
    }


def _field_schema(field: FieldDescriptor, prefix: str) -> Json:
    if _is_map(field):
        inner = _entry_of(field)["value"]
        return {"type": "object", "additionalProperties": _one(inner, prefix)}
    one = _one(field, prefix)
    if field.is_repeated:
        return {"type": "array", "items": one}
    return {"oneOf": [{"type": "null"}, one]} if may_be_null(field) else one


def _one(field: FieldDescriptor, prefix: str) -> Json:
    if field.enum_type:
        enum: Any = field.enum_type
        words = [word_of(enum, value.number) for value in enum.values if value.number]
        return {"type": "string", "enum": words}
    if field.message_type is None:
        return dict(_SCALARS[field.type][1])
    special = _SPECIAL.get(field.message_type.full_name)
    return dict(special) if special else {"$ref": prefix + field.message_type.name}


def _message_text(descriptor: Descriptor) -> str:
    lines = [f"  {_kind_text(field)} {field.name} = {field.number};" for field in descriptor.fields]
    return "\n".join([f"message {descriptor.name} {{", *lines, "}"])


def _kind_text(field: FieldDescriptor) -> str:
    if _is_map(field):
        entry = _entry_of(field)
        return f"map<{_type_text(entry['key'])}, {_type_text(entry['value'])}>"
    if field.is_repeated:
        return f"repeated {_type_text(field)}"
    optional = field.has_presence and field.message_type is None
    return f"optional {_type_text(field)}" if optional else _type_text(field)


def _type_text(field: FieldDescriptor) -> str:
    if field.enum_type:
        return field.enum_type.name
    if field.message_type is None:
        return _SCALARS[field.type][0]
    own = field.message_type.full_name != _TIMESTAMP
    return field.message_type.name if own else field.message_type.full_name


def _enum_text(enum: EnumDescriptor) -> str:
    lines = [f"  {value.name} = {value.number};" for value in enum.values]
    return "\n".join([f"enum {enum.name} {{", *lines, "}"])


def _entry_of(field: FieldDescriptor) -> Mapping[str, FieldDescriptor]:
    assert field.message_type is not None  # of a map it is the pair
    return field.message_type.fields_by_name


def _is_map(field: FieldDescriptor) -> bool:
    entry: bool = field.message_type is not None and field.message_type.GetOptions().map_entry
    return entry
