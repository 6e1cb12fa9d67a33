"""An order cache in memory: for tests, and for a process that was given no Valkey. Bounded, oldest out."""

from __future__ import annotations

from typing import Final

MOST_ENTRIES: Final = 1_000


class MemoryOrderCache:
    """`domain.ports.projections.OrderCache` in a dictionary of at most `MOST_ENTRIES`."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[int, bytes]] = {}

    async def get(self, order_id: str) -> tuple[int, bytes] | None:
        """Version and bytes, or None."""
        return self._entries.get(order_id)

    async def put(self, order_id: str, version: int, content: bytes) -> bool:
        """Keep the entry unless a newer or equal one is there; always answers."""
        known = self._entries.get(order_id)
        if known is None or known[0] < version:
            self._entries[order_id] = (version, content)
        while len(self._entries) > MOST_ENTRIES:
            del self._entries[next(iter(self._entries))]
        return True

    async def drop(self, order_id: str) -> bool:
        """Forget the entry; always answers."""
        self._entries.pop(order_id, None)
        return True
