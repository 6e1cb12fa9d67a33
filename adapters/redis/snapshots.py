"""Price snapshots in Valkey before the durable store: `snapshot:{id}`, an hour, never the only copy."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.redis.resting import RestingCache
from adapters.snapshot_codec import decode_snapshot, encode_snapshot

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from domain.ports.prices import PriceSnapshots
    from domain.pricing.snapshot import PriceSnapshot

_LOG = logging.getLogger(__name__)
TTL: Final = timedelta(hours=1)  # longer than any snapshot may be charged


class RedisPriceSnapshots:
    """`domain.ports.prices.PriceSnapshots` in front of another one.

    Reads ask Valkey first; writes go to `durable` first. Whatever goes wrong in Valkey is logged; the answer
    is then that of `durable`.
    """

    def __init__(self, client: Redis, durable: PriceSnapshots) -> None:
        self._cache = RestingCache(client, "snapshots")
        self._durable = durable

    async def save(self, snapshot: PriceSnapshot) -> None:
        """See the port."""
        await self._durable.save(snapshot)
        await self._put(snapshot)

    async def get(self, snapshot_id: str) -> PriceSnapshot | None:
        """See the port."""
        known = await self._known(snapshot_id)
        if known is not None:
            return known
        found = await self._durable.get(snapshot_id)
        if found is not None:
            await self._put(found)
        return found

    async def claim(self, snapshot_id: str, order_id: str) -> None:
        """See the port; only the durable store can say who was first."""
        await self._durable.claim(snapshot_id, order_id)

    async def of_order(self, order_id: str) -> tuple[PriceSnapshot, ...]:
        """See the port; only the durable store knows claims."""
        return await self._durable.of_order(order_id)

    async def _known(self, snapshot_id: str) -> PriceSnapshot | None:
        body = await self._cache.get(_key(snapshot_id))
        try:
            return decode_snapshot(body) if body else None
        except ValueError:
            _LOG.warning("the cached snapshot %s cannot be read", snapshot_id)
            return None

    async def _put(self, snapshot: PriceSnapshot) -> None:
        # The first bytes of an id stay.
        await self._cache.put(_key(snapshot.id), encode_snapshot(snapshot), TTL, first_stays=True)


def _key(snapshot_id: str) -> str:
    return f"snapshot:{snapshot_id}"
