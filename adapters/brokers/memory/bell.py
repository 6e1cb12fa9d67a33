"""Wakes tasks on any event loop from any thread. It carries no data: whoever wakes looks again."""

from __future__ import annotations

import asyncio
import contextlib
import threading


class Bell:
    """Ring it after each change; wait with the count seen before looking, so that no ring is missed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[asyncio.Future[None]] = set()
        self._rung = 0

    @property
    def rung(self) -> int:
        """How often it rang so far."""
        return self._rung

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._lock:
            self._rung += 1
            waiting, self._waiting = self._waiting, set()
        for future in waiting:
            with contextlib.suppress(RuntimeError):  # its loop was closed: nobody waits any more
                future.get_loop().call_soon_threadsafe(_wake, future)

    async def wait(self, seen: int, seconds: float | None) -> None:
        """Return when it has rung more often than `seen`, or when the time is over."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._rung != seen:
                return
            self._waiting.add(future)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(future, seconds)
        finally:
            with self._lock:
                self._waiting.discard(future)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
