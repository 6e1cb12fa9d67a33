"""The keys by which buyers' personal data is sealed, each wrapped by a master key that is kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BuyerKey:
    """A buyer's key. `id` stands in every seal; `wrapped_by` names the master key.

    `wrapped` is empty when the key was destroyed, which is for good.
    """

    id: str
    buyer_id: str
    wrapped: bytes
    wrapped_by: str

    @property
    def is_destroyed(self) -> bool:
        """True when nothing that was sealed with it can ever be read again."""
        return not self.wrapped


class BuyerKeys(Protocol):
    """One key for each buyer, made when it is first needed."""

    async def get_or_add(self, fresh: BuyerKey) -> BuyerKey:
        """The buyer's key, destroyed or not; `fresh` when there was none, which is durable then."""
        ...

    async def get(self, key_id: str) -> BuyerKey | None:
        """The key of that id, destroyed or not; None when there never was one."""
        ...

    async def destroy(self, buyer_id: str, key_id: str, by: str, at: datetime) -> bool:
        """Destroy the buyer's key; False when that was done before.

        A buyer without a key gets a destroyed one, named `key_id`, so that none is ever made.
        """
        ...

    async def is_destroyed(self, buyer_id: str) -> bool:
        """Whether the buyer's key was destroyed."""
        ...

    async def wrapped_by_others(self, master_id: str, limit: int) -> Sequence[BuyerKey]:
        """Keys that are not destroyed and wrapped by another master key than that one."""
        ...

    async def rewrap(self, known: BuyerKey, wrapped: bytes, wrapped_by: str) -> bool:
        """Keep the same key wrapped anew; False when it is not as `known` any more."""
        ...
