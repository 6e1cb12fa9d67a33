"""Reads the JSON of outside services strictly, field by field. Knows no service and no business."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NoReturn

# Printable ASCII without blanks: no NUL, no lone surrogate, nothing that a database or log would refuse.
_IDENTIFIER: Final = re.compile(r"[\x21-\x7e]{1,200}")
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


class UnreadableEventError(ValueError):
    """An event that is not of the documented form; the message names the first offending field."""


def parse_json(body: bytes) -> object:
    """UTF-8 JSON without floats, NaN, duplicate keys or deep nesting. Raises `UnreadableEventError`."""
    try:
        # Decoded here, because `json.loads` would guess UTF-16 from bytes that were signed as UTF-8.
        text = body.decode("utf-8")
        return json.loads(
            text, parse_float=_refuse_float, parse_constant=_refuse_float, object_pairs_hook=_unique_keys
        )
    except (ValueError, RecursionError) as error:
        message = "not acceptable JSON"
        raise UnreadableEventError(message) from error


def identifier(source: Mapping[object, object], field: str) -> str:
    """A string of up to 200 printable ASCII characters. Raises `UnreadableEventError`."""
    value = source.get(field)
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        refuse(field)
    return value


def instant(source: Mapping[object, object], field: str = "occurred_at") -> datetime:
    """An RFC 3339 time, as UTC. Raises `UnreadableEventError`."""
    value = source.get(field)
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        refuse(field)
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnreadableEventError(field) from error


def refuse(field: str) -> NoReturn:
    """Raise `UnreadableEventError` for that field."""
    raise UnreadableEventError(field)


def _refuse_float(_text: str) -> NoReturn:
    message = "amounts are whole minor units"
    raise ValueError(message)


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "duplicate key"
        raise ValueError(message)
    return found
