"""Reads cursors, which callers may have changed, back into values that the database takes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from domain.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.ports.read_models import Cursor

_LARGEST: Final = 2**31 - 1
_LARGEST_POSITION: Final = 2**63 - 1


def read(cursor: Cursor, readers: Sequence[Callable[[str], Any]]) -> tuple[Any, ...]:
    """The values in a cursor. Raises `InvalidValueError` for one that this list did not give."""
    try:
        return tuple([reader(text) for reader, text in zip(readers, cursor, strict=True)])
    except ValueError as error:
        raise InvalidValueError(field="cursor", rule="given by a page of this list") from error


def text(said: str) -> str:
    """A text as the database may hold it. Raises `ValueError`."""
    if not said.isprintable():
        raise ValueError(said)
    return said


def number(said: str) -> int:
    """A count of lines. Raises `ValueError`."""
    return _up_to(said, _LARGEST)


def position(said: str) -> int:
    """A position in the feed. Raises `ValueError`."""
    return _up_to(said, _LARGEST_POSITION)


def moment(said: str) -> datetime:
    """A time with its zone. Raises `ValueError`."""
    at = datetime.fromisoformat(said)
    if at.tzinfo is None:
        raise ValueError(said)
    return at


def _up_to(said: str, largest: int) -> int:
    found = int(said)
    if not 0 <= found <= largest:
        raise ValueError(said)
    return found
