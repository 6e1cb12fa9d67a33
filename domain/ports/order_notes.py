"""What people write about an order. Beside the events: a note decides nothing, and buyers never see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class OrderNote:
    """One note. `by` is who wrote it; `merchant_id` names that merchant, None for the platform's people."""

    id: str
    order_id: str
    text: str
    by: str
    merchant_id: str | None
    written_at: datetime


class OrderNotes(Protocol):
    """Notes on orders, never changed once written."""

    async def add(self, note: OrderNote) -> None:
        """Keep a note, once per id; a repeat changes nothing."""
        ...

    async def of_order(
        self, order_id: str, *, merchant_id: str | None = None, before: str | None = None, limit: int
    ) -> Sequence[OrderNote]:
        """The newest first. With `merchant_id` only what that merchant wrote, with `before` only what is
        older than the note of that id; nothing when this order has no such note.
        """
        ...
