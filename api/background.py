"""Work that goes on after the answer was sent. Bounded: what finds no room is left to the relay."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

LARGEST = 512
_log = logging.getLogger(__name__)


class Background:
    """At most `largest` tasks at once, each with a deadline; a failure is logged and has no other effect."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, what: str, work: Coroutine[Any, Any, None], seconds: float) -> bool:
        """Run `work` for at most `seconds`. False, with nothing run, when there is no room."""
        if len(self._tasks) >= self._largest:
            work.close()
            return False
        task = asyncio.create_task(_watched(what, work, seconds), name=what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    @property
    def running(self) -> int:
        """How many tasks run now."""
        return len(self._tasks)

    async def drain(self, seconds: float) -> None:
        """Let running work end; what is not done after `seconds` is cancelled."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def _watched(what: str, work: Coroutine[Any, Any, None], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await work
    except Exception as error:  # noqa: BLE001 - whatever it was, the relay does this work again
        _log.warning("left to the relay: %s: %s", what, error)
