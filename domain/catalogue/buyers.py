"""Buyers as pricing sees them: since when, how often, which segments. Names and addresses are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.catalogue.items import LONGEST_ID
from domain.errors import InvalidValueError

NEW_BUYER = timedelta(days=7)
MOST_SEGMENTS = 20


@dataclass(frozen=True, slots=True)
class Buyer:
    """`total_orders` counts orders that stand; `registered_at` is None when nobody told us.

    Raises `InvalidValueError` for a negative count and for more than 20 segments.
    """

    id: str
    registered_at: datetime | None = None
    total_orders: int = 0
    segments: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.id or len(self.id) > LONGEST_ID:
            raise InvalidValueError(field="id", rule=f"1 to {LONGEST_ID} characters")
        if self.total_orders < 0:
            raise InvalidValueError(field="total_orders", rule="cannot be negative")
        if len(self.segments) > MOST_SEGMENTS:
            raise InvalidValueError(field="segments", rule=f"at most {MOST_SEGMENTS}")

    def is_new(self, now: datetime) -> bool:
        """Registered at most 7 days ago and without an order (requirement B44); the last instant counts."""
        if self.registered_at is None or self.total_orders:
            return False
        return now - self.registered_at <= NEW_BUYER
