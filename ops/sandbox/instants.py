"""Times as the sandbox services keep and tell them: whole milliseconds, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """UTC with milliseconds, such as 2026-01-31T08:00:00.000Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_millis(instant: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (instant - _EPOCH) // _MILLISECOND


def millis_from(instant: datetime) -> int:
    """The first whole millisecond that is not before `instant`."""
    return -((_EPOCH - instant) // _MILLISECOND)


def from_millis(millis: int) -> datetime:
    """The inverse of `to_millis`."""
    return _EPOCH + timedelta(milliseconds=millis)
