"""Holds work down to so many messages in a second. It drops nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class Throttle:
    """Turns for batches. `per_second` of 0 is no bound; a batch goes at once, the next one waits for it."""

    def __init__(
        self,
        per_second: float = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_second = per_second
        self._clock = clock
        self._sleep = sleep
        self._free_at = float("-inf")

    async def turn(self, messages: int) -> None:
        """Wait until so many messages may be worked on."""
        if not self._per_second:
            return
        now = self._clock()
        begins = max(now, self._free_at)
        self._free_at = begins + messages / self._per_second
        if begins > now:
            await self._sleep(begins - now)
