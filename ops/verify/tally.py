"""What one check has looked at and found. Bounded, however much is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from domain.errors import DomainError

MOST_SHOWN: Final = 20
UNREADABLE: Final = (DomainError, KeyError, TypeError, ValueError, AttributeError)
"""How whatever was made unreadable shows itself to whoever reads it."""


@dataclass
class Tally:
    """One row of the table: what is checked, how many were looked at, and what is wrong."""

    name: str
    promise: str
    of: str
    counted: int = 0
    wrong: int = 0
    shown: list[str] = field(default_factory=list)

    def count(self, many: int = 1) -> None:
        """So many more were looked at."""
        self.counted += many

    def find(self, subject: str, problem: str) -> None:
        """Something is wrong; the first twenty are kept in words."""
        self.wrong += 1
        if len(self.shown) < MOST_SHOWN:
            self.shown.append(f"{subject}: {problem}")
