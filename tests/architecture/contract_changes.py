"""Tells what of a changed contract breaks those who rely on the released one: on the wire, in its JSON form,
or in the code that others have made of it. Compares descriptors; knows no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)

_Fields = dict[int, FieldDescriptorProto]


def breaking_changes(released: FileDescriptorSet, today: FileDescriptorSet) -> list[str]:
    """One sentence for each thing that was taken away or means something else now. Additions are fine."""
    return [
        *_of_parts(_messages(released), _messages(today), "message", _fields_of),
        *_of_parts(_enums(released), _enums(today), "enum", _values_of),
        *_of_parts(_methods(released), _methods(today), "method", _calls_of),
    ]


def _of_parts(before: dict[str, Any], after: dict[str, Any], kind: str, compare: Any) -> Iterator[str]:
    for name, old in before.items():
        if name not in after:
            yield f"{kind} {name} is gone"
        else:
            yield from (f"{name}.{change}" for change in compare(old, after[name]))


def _fields_of(old: DescriptorProto, new: DescriptorProto) -> Iterator[str]:
    before: _Fields = {field.number: field for field in old.field}
    after: _Fields = {field.number: field for field in new.field}
    numbers = {field.name: field.number for field in new.field}
    for number, field in before.items():
        moved = numbers.get(field.name)
        if moved is not None and moved != number:
            yield f"{field.name} has number {moved} instead of {number}"
        elif number not in after:
            yield f"{field.name} is gone"
        elif after[number].name != field.name:
            yield f"{field.name} is called {after[number].name} now"
        else:
            yield from _meaning_of(field, after[number])
    if _said(old) != _said(new):
        yield "says another event of itself"


def _meaning_of(old: FieldDescriptorProto, new: FieldDescriptorProto) -> Iterator[str]:
    if (old.type, old.type_name) != (new.type, new.type_name):
        yield f"{old.name} is of type {_type(new)} instead of {_type(old)}"
    if old.label != new.label:
        yield f"{old.name} is {'a list' if new.label == new.LABEL_REPEATED else 'no list'} now"
    if old.proto3_optional != new.proto3_optional:
        yield f"{old.name} {'can' if new.proto3_optional else 'cannot'} be missing now"
    if _said(old) != _said(new):
        yield f"{old.name} has other options"


def _values_of(old: EnumDescriptorProto, new: EnumDescriptorProto) -> Iterator[str]:
    after = {value.name: value.number for value in new.value}
    for value in old.value:
        if value.name not in after:
            yield f"{value.name} is gone"
        elif after[value.name] != value.number:
            yield f"{value.name} has number {after[value.name]} instead of {value.number}"


def _calls_of(old: MethodDescriptorProto, new: MethodDescriptorProto) -> Iterator[str]:
    shape = ("input_type", "output_type", "client_streaming", "server_streaming")
    yield from (f"{part} is another" for part in shape if getattr(old, part) != getattr(new, part))


def _said(part: DescriptorProto | FieldDescriptorProto) -> bytes:
    # That something is not recommended any more breaks nobody.
    options = type(part.options).FromString(part.options.SerializeToString())
    options.ClearField("deprecated")
    return options.SerializeToString(deterministic=True)


def _type(field: FieldDescriptorProto) -> str:
    return field.type_name or FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def _messages(files: FileDescriptorSet) -> dict[str, DescriptorProto]:
    found: dict[str, DescriptorProto] = {}

    def add(prefix: str, messages: Any) -> None:
        for message in messages:
            name = f"{prefix}.{message.name}"
            found[name] = message
            add(name, message.nested_type)

    for file in files.file:
        add(file.package, file.message_type)
    return found


def _enums(files: FileDescriptorSet) -> dict[str, EnumDescriptorProto]:
    return {f"{file.package}.{enum.name}": enum for file in files.file for enum in file.enum_type}


def _methods(files: FileDescriptorSet) -> dict[str, MethodDescriptorProto]:
    return {
        f"{file.package}.{service.name}.{method.name}": method
        for file in files.file
        for service in file.service
        for method in service.method
    }
