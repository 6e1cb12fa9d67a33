"""A cache in Valkey that never harms: it may be away, slow or wrong, and then there is just nothing in it."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.redis.client import AWAY

if TYPE_CHECKING:
    from redis.asyncio import Redis

_LOG = logging.getLogger(__name__)
# A buyer waits for this: beyond it the durable store is quicker.
PATIENCE: Final = timedelta(milliseconds=50)
# After a failure nobody asks for this long, so that a dead server costs one wait and not one per call.
REST: Final = timedelta(seconds=1)


class RestingCache:
    """Bytes by key. Whatever goes wrong is logged and costs at most `PATIENCE` once per `REST`.

    `what` says in the log what is read from the durable store meanwhile.
    """

    def __init__(self, client: Redis, what: str) -> None:
        self._client = client
        self._what = what
        self._rest_until = 0.0

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None when there are none or no answer."""
        if self._resting:
            return None
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                body = await self._client.get(key)
        except AWAY as error:
            self.rest(error)
            return None
        return body if isinstance(body, bytes) else None

    async def put(self, key: str, body: bytes, lifetime: timedelta, *, first_stays: bool = False) -> None:
        """Keep the bytes for that time. With `first_stays` nothing happens when some are there."""
        milliseconds = int(lifetime.total_seconds() * 1_000)
        if self._resting or milliseconds < 1:
            return
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                await self._client.set(key, body, px=milliseconds, nx=first_stays)
        except AWAY as error:
            self.rest(error)

    def rest(self, error: Exception) -> None:
        """Ask nobody for a while."""
        _LOG.warning("%s are read from the durable store: %r", self._what, error)
        self._rest_until = time.monotonic() + REST.total_seconds()

    @property
    def _resting(self) -> bool:
        return time.monotonic() < self._rest_until
