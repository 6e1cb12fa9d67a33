"""Notes on orders in a list, for tests. They are forgotten at exit."""

from __future__ import annotations

from itertools import islice

from domain.ports.order_notes import OrderNote


class MemoryOrderNotes:
    """`OrderNotes` in a dictionary; insertion order is their age."""

    def __init__(self) -> None:
        self._notes: dict[str, OrderNote] = {}

    async def add(self, note: OrderNote) -> None:
        """See the port."""
        self._notes.setdefault(note.id, note)

    async def of_order(
        self, order_id: str, *, merchant_id: str | None = None, before: str | None = None, limit: int
    ) -> tuple[OrderNote, ...]:
        """See the port."""
        told = [note for note in self._notes.values() if note.order_id == order_id]
        if before is not None:
            names = [note.id for note in told]
            told = told[: names.index(before)] if before in names else []
        seen = (note for note in reversed(told) if merchant_id in {None, note.merchant_id})
        return tuple(islice(seen, limit))
