"""Values of the domain to plain JSON and back. How a type is read and written is worked out once for each.

A field that is keyword-only and has a default is written only when it says something else than that, and
read as its default where it is missing.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from operator import attrgetter, itemgetter
from typing import Any

_Way = Callable[[Any], Any]
# These are plain already.
_PLAIN = frozenset({str, int, bool, type(None)})
# Values of no more parts than this are shared when they say the same: amounts of money, units of a line.
_FEW = 2
_MOST_SHARED = 4_096
_ALWAYS = object()


def to_plain(value: Any) -> Any:
    """A value as JSON knows it: objects by field name, times as ISO 8601, sets sorted."""
    return value if type(value) in _PLAIN else _writer(type(value))(value)


def from_plain(kind: Any, raw: Any) -> Any:
    """The value of type `kind` back from its JSON. Raises `KeyError` when a field is missing."""
    return _reader(kind)(raw)


def _new_writer(kind: Any) -> _Way:
    if is_dataclass(kind):
        return _object_writer(typing.cast("type[Any]", kind))
    if issubclass(kind, datetime):
        return datetime.isoformat
    if issubclass(kind, StrEnum):
        return attrgetter("value")
    if issubclass(kind, tuple):
        return lambda items: [to_plain(item) for item in items]
    if issubclass(kind, frozenset):
        return lambda items: sorted(to_plain(item) for item in items)
    return _as_it_is


_writer: Callable[[Any], _Way] = cache(_new_writer)


def _object_writer(kind: type[Any]) -> _Way:
    names = [field.name for field in fields(kind)]
    parts_of = attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, names[0])]
    if any(map(_added_later, fields(kind))):
        return _sparing_writer(kind, parts_of)

    def write(value: Any) -> dict[str, Any]:
        return {
            name: part if type(part) in _PLAIN else _writer(type(part))(part)
            for name, part in zip(names, parts_of(value), strict=True)
        }

    return write


def _sparing_writer(kind: type[Any], parts_of: _Way) -> _Way:
    names = [(field.name, field.default if _added_later(field) else _ALWAYS) for field in fields(kind)]

    def write(value: Any) -> dict[str, Any]:
        return {
            name: part if type(part) in _PLAIN else _writer(type(part))(part)
            for (name, nothing), part in zip(names, parts_of(value), strict=True)
            # `!=` of Money and others is not what is asked.
            if nothing is _ALWAYS or not part == nothing  # noqa: SIM201
        }

    return write


def _new_reader(kind: Any) -> _Way:
    if isinstance(kind, types.UnionType):
        inner = _reader(next(part for part in kind.__args__ if part is not types.NoneType))
        return lambda raw: None if raw is None else inner(raw)
    collection = typing.get_origin(kind)
    if collection in {tuple, frozenset}:
        item = _reader(typing.get_args(kind)[0])
        return lambda raw: collection([item(part) for part in raw])
    if kind is datetime:
        return datetime.fromisoformat
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        members = {member.value: member for member in kind}
        return lambda raw: members.get(raw) or kind(raw)
    if is_dataclass(kind):
        return _object_reader(typing.cast("type[Any]", kind))
    return _as_it_is


_reader: Callable[[Any], _Way] = cache(_new_reader)


def _object_reader(kind: type[Any]) -> _Way:
    hints = typing.get_type_hints(kind)
    ways = {name: None if hint in _PLAIN else _reader(hint) for name, hint in hints.items()}
    if len(fields(kind)) <= _FEW and not any(ways.values()):
        return _shared_reader(kind)
    in_order = [(field.name, ways[field.name]) for field in fields(kind) if not field.kw_only]
    by_name = [(field.name, ways[field.name]) for field in fields(kind) if _must_be_named(field)]
    later = [(field.name, _reader(hints[field.name])) for field in fields(kind) if _added_later(field)]

    def read(raw: Any) -> Any:
        parts = [way(raw[name]) if way else raw[name] for name, way in in_order]
        if not by_name and not later:
            return kind(*parts)
        named = {name: way(raw[name]) if way else raw[name] for name, way in by_name}
        for name, way in later:
            if name in raw:
                named[name] = way(raw[name])
        return kind(*parts, **named)

    return read


def _shared_reader(kind: type[Any]) -> _Way:
    parts_of = itemgetter(*(field.name for field in fields(kind)))
    made = lru_cache(_MOST_SHARED, typed=True)(kind)
    return (lambda raw: made(*parts_of(raw))) if len(fields(kind)) > 1 else lambda raw: made(parts_of(raw))


def _added_later(field: Field[Any]) -> bool:
    return bool(field.kw_only) and field.default is not MISSING


def _must_be_named(field: Field[Any]) -> bool:
    return bool(field.kw_only) and field.default is MISSING


def _as_it_is(value: Any) -> Any:
    return value
