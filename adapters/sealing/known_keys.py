"""Buyers' keys that this process has met a moment ago, so that not every read asks for them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Final

KNOWN_FOR: Final = timedelta(seconds=2)
"""So long after an erasure another process may still read or seal what it has read or sealed before."""

MOST_KNOWN: Final = 10_000


class KnownKeys:
    """At most so many keys, each for a short time from when it was asked for; None is a destroyed one."""

    def __init__(
        self,
        known_for: timedelta = KNOWN_FOR,
        most: int = MOST_KNOWN,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = known_for.total_seconds()
        self._most = most
        self.now = now
        self._keys: OrderedDict[str, tuple[float, str, bytes | None]] = OrderedDict()

    def get(self, name: str) -> tuple[str, bytes | None] | None:
        """Id and key under this name, None when it has to be asked for."""
        known = self._keys.get(name)
        if known is None:
            return None
        until, key_id, key = known
        if self.now() >= until:
            del self._keys[name]
            return None
        return key_id, key

    def put(self, name: str, key_id: str, key: bytes | None, since: float) -> tuple[str, bytes | None]:
        """Remember it, as it was at `since` of `now`, and tell what counts; the oldest makes room.

        A destroyed one stays destroyed: what was asked before that, and answered later, knows nothing of it.
        """
        known = self._keys.pop(name, None)
        if known is not None and known[2] is None:
            key = None
        while len(self._keys) >= self._most:
            self._keys.popitem(last=False)
        self._keys[name] = since + self._seconds, key_id, key
        return key_id, key
