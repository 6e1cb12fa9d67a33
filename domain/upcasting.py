"""Old events read as new ones: for each type a chain of steps on raw JSON, from schema version n to n + 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.errors import DomainError
from domain.events import JsonObject

Step = Callable[[JsonObject], JsonObject]


class UnknownEventTypeError(DomainError):
    """A stored event of a type or schema version that this release does not know."""

    code = "unknown_event_type"


class Upcasters:
    """Which schema version each event type is at, and the steps that lead there. Types begin at 1.

    `steps[type]` holds the step from version 1 to 2 first. Steps are pure and keep what they do not know.
    """

    def __init__(self, steps: Mapping[str, tuple[Step, ...]]) -> None:
        self._steps = dict(steps)

    def current(self, event_type: str) -> int:
        """The schema version that events of this type are written with."""
        return 1 + len(self._steps.get(event_type, ()))

    def upcast(self, event_type: str, schema_version: int, data: JsonObject) -> JsonObject:
        """The data as the current schema version has it. Raises `UnknownEventTypeError` for a newer one."""
        if not 1 <= schema_version <= self.current(event_type):
            raise UnknownEventTypeError(event_type=event_type, schema_version=schema_version)
        for step in self._steps.get(event_type, ())[schema_version - 1 :]:
            data = step(data)
        return data
