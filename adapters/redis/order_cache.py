"""Order documents in Valkey: `order:{id}`, ten minutes, only ever replaced by a newer version."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.redis.client import AWAY

if TYPE_CHECKING:
    from redis.asyncio import Redis

_LOG = logging.getLogger(__name__)
TTL: Final = timedelta(minutes=10)  # requirement A39
# After a failure nobody asks for this long, so that a dead cache costs one time-out and not one per read.
REST: Final = timedelta(seconds=1)

# Compared and set in one step on the server; versions count events, so they stay exact in a double.
_PUT = """
local known = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if known < tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[1], 'version', ARGV[1], 'content', ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
    return 1
end
return 0
"""


class RedisOrderCache:
    """`domain.ports.projections.OrderCache`. Never raises for a server that is away."""

    def __init__(self, client: Redis, *, ttl: timedelta = TTL) -> None:
        self._client = client
        self._ttl = int(ttl.total_seconds() * 1_000)
        self._put = client.register_script(_PUT)
        self._rest_until = 0.0

    async def get(self, order_id: str) -> tuple[int, bytes] | None:
        """Version and bytes, None when there is no entry or no answer."""
        if self._resting:
            return None
        try:
            version, content = await self._client.hmget(_key(order_id), ["version", "content"])
        except AWAY as error:
            self._rest(error)
            return None
        return (int(version), content) if version and isinstance(content, bytes) else None

    async def put(self, order_id: str, version: int, content: bytes) -> bool:
        """Write unless a newer or equal version is there; False when there was no answer."""
        if self._resting:
            return False
        try:
            await self._put(keys=[_key(order_id)], args=[version, content, self._ttl])
        except AWAY as error:
            self._rest(error)
            return False
        return True

    async def drop(self, order_id: str) -> bool:
        """Forget the entry; False when there was no answer."""
        if self._resting:
            return False
        try:
            await self._client.delete(_key(order_id))
        except AWAY as error:
            self._rest(error)
            return False
        return True

    @property
    def _resting(self) -> bool:
        return time.monotonic() < self._rest_until

    def _rest(self, error: Exception) -> None:
        _LOG.warning("the order cache does not answer: %s", error)
        self._rest_until = time.monotonic() + REST.total_seconds()


def _key(order_id: str) -> str:
    return f"order:{order_id}"
