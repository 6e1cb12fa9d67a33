"""Price snapshots in dictionaries. They forget at exit."""

from __future__ import annotations

from domain.ports.prices import SnapshotAlreadyUsedError, SnapshotNotFoundError
from domain.pricing.snapshot import PriceSnapshot


class MemoryPriceSnapshots:
    """`PriceSnapshots` in dictionaries."""

    def __init__(self) -> None:
        self._snapshots: dict[str, PriceSnapshot] = {}
        self._claims: dict[str, str] = {}

    async def save(self, snapshot: PriceSnapshot) -> None:
        """See the port; what is stored under an id stays."""
        self._snapshots.setdefault(snapshot.id, snapshot)

    async def get(self, snapshot_id: str) -> PriceSnapshot | None:
        """See the port."""
        return self._snapshots.get(snapshot_id)

    async def claim(self, snapshot_id: str, order_id: str) -> None:
        """See the port."""
        if snapshot_id not in self._snapshots:
            raise SnapshotNotFoundError(snapshot_id=snapshot_id)
        if self._claims.setdefault(snapshot_id, order_id) != order_id:
            raise SnapshotAlreadyUsedError(snapshot_id=snapshot_id)

    async def of_order(self, order_id: str) -> tuple[PriceSnapshot, ...]:
        """See the port; claims are kept in the order in which they came."""
        return tuple(self._snapshots[name] for name, owner in self._claims.items() if owner == order_id)
