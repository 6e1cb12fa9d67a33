"""Buyers' keys in a dictionary. Nothing survives the process."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.ports.buyer_keys import BuyerKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class MemoryBuyerKeys:
    """`domain.ports.buyer_keys.BuyerKeys` by buyer."""

    def __init__(self) -> None:
        self._keys: dict[str, BuyerKey] = {}

    async def get_or_add(self, fresh: BuyerKey) -> BuyerKey:
        """See the port."""
        return self._keys.setdefault(fresh.buyer_id, fresh)

    async def get(self, key_id: str) -> BuyerKey | None:
        """See the port."""
        return next((key for key in self._keys.values() if key.id == key_id), None)

    async def destroy(self, buyer_id: str, key_id: str, by: str, at: datetime) -> bool:  # noqa: ARG002 - the port's
        """See the port."""
        known = self._keys.setdefault(buyer_id, BuyerKey(key_id, buyer_id, b"new", ""))
        if known.is_destroyed:
            return False
        self._keys[buyer_id] = replace(known, wrapped=b"", wrapped_by="")
        return True

    async def is_destroyed(self, buyer_id: str) -> bool:
        """See the port."""
        known = self._keys.get(buyer_id)
        return known is not None and known.is_destroyed

    async def wrapped_by_others(self, master_id: str, limit: int) -> Sequence[BuyerKey]:
        """See the port."""
        old = (key for key in self._keys.values() if not key.is_destroyed and key.wrapped_by != master_id)
        return tuple(old)[:limit]

    async def rewrap(self, known: BuyerKey, wrapped: bytes, wrapped_by: str) -> bool:
        """See the port."""
        if self._keys.get(known.buyer_id) != known or known.is_destroyed:
            return False
        self._keys[known.buyer_id] = replace(known, wrapped=wrapped, wrapped_by=wrapped_by)
        return True
