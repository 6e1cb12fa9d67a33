"""When the state of a stream is worth keeping (requirement A36). Conditions combine with `&`, `|` and `~`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from fractions import Fraction
from typing import Any

from domain.errors import InvalidValueError
from domain.specification import OrderedAttribute, Specification

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Growth:
    """How far a stream has gone on since its newest snapshot, or since its beginning when it has none.

    `events` came since; `age` lies between the newest event of the snapshot and that of the stream, and is
    below zero when the store's clock was set back; `changed` is the share of the state's fields that are
    others now, 1 without a snapshot.
    """

    events: int
    age: timedelta
    changed: Fraction


SnapshotPolicy = Specification[Growth]
EVENTS = OrderedAttribute[Growth, int]("events", lambda growth: growth.events)
AGE = OrderedAttribute[Growth, timedelta]("age", lambda growth: growth.age)
CHANGED = OrderedAttribute[Growth, Fraction]("changed", lambda growth: growth.changed)


def every_events(number: int = 100) -> SnapshotPolicy:
    """As soon as `number` events have come. Raises `InvalidValueError` below 1."""
    if number < 1:
        raise InvalidValueError(field="number", rule="at least 1")
    return EVENTS.at_least(number)


def every_minutes(minutes: int = 5) -> SnapshotPolicy:
    """With the first event that comes `minutes` or more later. Raises `InvalidValueError` below 1."""
    if minutes < 1:
        raise InvalidValueError(field="minutes", rule="at least 1")
    return AGE.at_least(timedelta(minutes=minutes))


def changed_more_than(percent: int = 30) -> SnapshotPolicy:
    """When more than that share of the fields is another. Raises `InvalidValueError` outside 0 to 99."""
    if not 0 <= percent < _PERCENT:
        raise InvalidValueError(field="percent", rule="0 to 99")
    return CHANGED.greater_than(Fraction(percent, _PERCENT))


def changed_share(before: Any, after: Any) -> Fraction:
    """The share of the fields of two states of one dataclass that differ; 1 when there is no `before`."""
    if before is None:
        return Fraction(1)
    names = [field.name for field in fields(after)]
    return Fraction(sum(getattr(before, name) != getattr(after, name) for name in names), len(names))


# A shorter stream is folded as fast as a snapshot is read.
FEWEST_EVENTS = 20
WORTH_KEEPING: SnapshotPolicy = every_events() | (
    every_events(FEWEST_EVENTS) & every_minutes() & changed_more_than()
)
