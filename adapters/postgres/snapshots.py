"""Price snapshots on PostgreSQL: written once, guarded by a trigger, claimed by one order each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.snapshot_codec import decode_snapshot, encode_snapshot
from domain.ports.prices import SnapshotAlreadyUsedError, SnapshotNotFoundError

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from domain.pricing.snapshot import PriceSnapshot

_SAVE = """
INSERT INTO price_snapshots (id, body, created_at, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_GET = "SELECT body FROM price_snapshots WHERE id = $1"
_CLAIM = "SELECT claim_snapshot($1, $2)"
_OF_ORDER = """
SELECT s.body FROM snapshot_claims c JOIN price_snapshots s ON s.id = c.snapshot_id
WHERE c.order_id = $1 ORDER BY c.claimed_at, c.snapshot_id
"""


class PostgresPriceSnapshots:
    """`domain.ports.prices.PriceSnapshots` over `price_snapshots` and `snapshot_claims`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def save(self, snapshot: PriceSnapshot) -> None:
        """See the port; what is stored under an id stays."""
        body = encode_snapshot(snapshot).decode()
        await self._pool.execute(_SAVE, snapshot.id, body, snapshot.created_at, snapshot.expires_at)

    async def get(self, snapshot_id: str) -> PriceSnapshot | None:
        """See the port."""
        body = await self._pool.fetchval(_GET, snapshot_id)
        return None if body is None else decode_snapshot(body)

    async def claim(self, snapshot_id: str, order_id: str) -> None:
        """See the port."""
        owner = await self._pool.fetchval(_CLAIM, snapshot_id, order_id)
        if owner is None:
            raise SnapshotNotFoundError(snapshot_id=snapshot_id)
        if owner != order_id:
            raise SnapshotAlreadyUsedError(snapshot_id=snapshot_id)

    async def of_order(self, order_id: str) -> tuple[PriceSnapshot, ...]:
        """See the port."""
        return tuple(decode_snapshot(row["body"]) for row in await self._pool.fetch(_OF_ORDER, order_id))
