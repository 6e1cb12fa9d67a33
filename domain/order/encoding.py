"""Order events to plain JSON and back. Each event type has a schema version; old ones stay readable.

A field that was added later has a default and is keyword-only: it is written only when it says something, and
read as its default where an old event lacks it.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from domain.errors import DomainError
from domain.events import EventRecord, StoredEvent
from domain.order.events import OrderEvent, time_of

SCHEMA_VERSION = 1
_EVENT_TYPES: Mapping[str, type[OrderEvent]] = {kind.__name__: kind for kind in typing.get_args(OrderEvent)}


class UnknownEventTypeError(DomainError):
    """A stored event of a type or schema version that this release does not know."""

    code = "unknown_event_type"


def encode(event: OrderEvent) -> EventRecord:
    """The event as the store takes it."""
    data = to_plain(event)
    return EventRecord(type(event).__name__, SCHEMA_VERSION, data, time_of(event))


def decode(stored: StoredEvent | EventRecord) -> OrderEvent:
    """The event back from its JSON. Raises `UnknownEventTypeError`; never guesses."""
    kind = _EVENT_TYPES.get(stored.event_type)
    if kind is None or stored.schema_version != SCHEMA_VERSION:
        raise UnknownEventTypeError(event_type=stored.event_type, schema_version=stored.schema_version)
    event: OrderEvent = from_plain(kind, stored.data)
    return event


def to_plain(value: Any) -> Any:
    """A value of the domain as JSON knows it: objects by field name, times as ISO 8601, sets sorted."""
    if is_dataclass(value) and not isinstance(value, type):
        said = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: to_plain(part) for field, part in said if not _says_nothing(field, part)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(to_plain(item) for item in value)
    return value


def _added_later(field: Field[Any]) -> bool:
    return bool(field.kw_only) and field.default is not MISSING


def _says_nothing(field: Field[Any], part: Any) -> bool:
    return _added_later(field) and part == field.default


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def from_plain(kind: Any, raw: Any) -> Any:
    """The value of type `kind` back from its JSON. Raises `KeyError` when a field is missing."""
    if isinstance(kind, types.UnionType):
        inner = next(part for part in kind.__args__ if part is not types.NoneType)
        return None if raw is None else from_plain(inner, raw)
    collection = typing.get_origin(kind)
    if collection in {tuple, frozenset}:
        item = typing.get_args(kind)[0]
        return collection(from_plain(item, part) for part in raw)
    if kind is datetime:
        return datetime.fromisoformat(raw)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(raw)
    if is_dataclass(kind):
        made = typing.cast("type[Any]", kind)
        hints = _hints(typing.cast("Hashable", kind))
        known = (field.name for field in fields(made) if field.name in raw or not _added_later(field))
        return made(**{name: from_plain(hints[name], raw[name]) for name in known})
    return raw
