"""Reading JSON of the price book field by field: documents and terms in, checked values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from domain.catalogue.items import LONGEST_ID
from domain.errors import InvalidValueError
from domain.money import BASIS_POINTS, LARGEST_AMOUNT
from domain.order.lines import LARGEST_QUANTITY

MOST_NAMES = 1_000
E = TypeVar("E", bound=StrEnum)


class Fields:
    """One JSON object that is read field by field; `done` refuses what nobody asked for.

    Every reader raises `InvalidValueError` with the field's name and the rule that it breaks. A field that
    is null is absent. `where` names the object that the fields are in, for the error.
    """

    def __init__(self, document: Any, where: str = "") -> None:
        self._prefix = f"{where}." if where else ""
        if not isinstance(document, Mapping):
            raise InvalidValueError(field=where or "document", rule="an object")
        self._document = document
        self._read: set[str] = set()

    def has(self, name: str) -> bool:
        """True when the field is there and not null."""
        self._read.add(name)
        return self._document.get(name) is not None

    def whole(self, name: str, smallest: int = 0, largest: int = LARGEST_AMOUNT) -> int:
        """A whole number within these bounds."""
        return whole(self._value(name), self._prefix + name, smallest, largest)

    def basis_points(self, name: str, smallest: int = 1) -> int:
        """At most all."""
        return self.whole(name, smallest, BASIS_POINTS)

    def units(self, name: str) -> int:
        """How many units: 1 to what a line may hold."""
        return self.whole(name, 1, LARGEST_QUANTITY)

    def text(self, name: str, longest: int = LONGEST_ID) -> str:
        """Text that is not empty."""
        return text(self._value(name), self._prefix + name, longest)

    def flag(self, name: str) -> bool:
        """True or false; false when it is absent."""
        value = self._document.get(name) if self.has(name) else False
        if not isinstance(value, bool):
            raise self.refused(name, "true or false")
        return value

    def time(self, name: str) -> datetime:
        """A moment, RFC 3339 with its zone."""
        return moment(self._value(name), self._prefix + name)

    def choice(self, name: str, kind: type[E]) -> E:
        """One of an enum's values."""
        value = self._value(name)
        try:
            return kind(value)
        except (ValueError, TypeError):
            raise self.refused(name, f"one of {', '.join(kind)}") from None

    def names(self, name: str) -> frozenset[str]:
        """A list of names, each once; empty when it is absent."""
        given = self.sequence(name) if self.has(name) else ()
        found = frozenset(text(each, self._prefix + name) for each in given)
        if len(found) != len(given) or len(found) > MOST_NAMES:
            raise self.refused(name, f"at most {MOST_NAMES}, each once")
        return found

    def mapping(self, name: str) -> Mapping[str, Any]:
        """An object; empty when it is absent."""
        value = self._document[name] if self.has(name) else {}
        if not isinstance(value, Mapping):
            raise self.refused(name, "an object")
        return value

    def sequence(self, name: str) -> Sequence[Any]:
        """A list; empty when it is absent."""
        value = self._document[name] if self.has(name) else []
        if not isinstance(value, list | tuple):
            raise self.refused(name, "a list")
        return value

    def anything(self, name: str) -> Any:
        """The value as it is, for a reader of its own."""
        return self._value(name)

    def refused(self, name: str, rule: str) -> InvalidValueError:
        """The error for a field that breaks a rule."""
        return InvalidValueError(field=self._prefix + name, rule=rule)

    def done(self) -> None:
        """Refuse fields that were not read: a misspelt one is not a silent default."""
        unknown = sorted(str(name) for name in self._document if name not in self._read)
        if unknown:
            raise self.refused(unknown[0], "unknown")

    def _value(self, name: str) -> Any:
        if not self.has(name):
            raise self.refused(name, "required")
        return self._document[name]


def whole(value: Any, field: str, smallest: int, largest: int) -> int:
    """A whole number within these bounds; raises `InvalidValueError`."""
    if type(value) is not int or not smallest <= value <= largest:
        raise InvalidValueError(field=field, rule=f"a whole number from {smallest} to {largest}")
    return value


def text(value: Any, field: str, longest: int = LONGEST_ID) -> str:
    """Text that is not empty; raises `InvalidValueError`."""
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise InvalidValueError(field=field, rule=f"1 to {longest} characters")
    return value


def moment(value: Any, field: str) -> datetime:
    """A time with its zone, RFC 3339; raises `InvalidValueError`."""
    try:
        read = datetime.fromisoformat(value)
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):  # the last one: before the year 1 in UTC
        pass
    raise InvalidValueError(field=field, rule="a time with its zone")


def moment_text(value: datetime) -> str:
    """The same moment as text, exact to the microsecond."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
