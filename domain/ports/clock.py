"""Time and chance from outside, so that the business stays repeatable."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The server's clock, in UTC."""

    def now(self) -> datetime:
        """The time."""
        ...


class Ids(Protocol):
    """Unguessable ids."""

    def new(self, prefix: str) -> str:
        """A new id such as `ord_…`, at least 120 random bits."""
        ...

    def entropy(self) -> int:
        """At least 64 random bits, for order numbers."""
        ...
