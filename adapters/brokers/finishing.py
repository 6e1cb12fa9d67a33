"""How a subscription ends: what is in hand may finish, for a bounded time; then it is given back."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

PATIENCE_SECONDS: Final = 5.0  # for the handler's call that runs when `unsubscribe` is called


async def finish(task: asyncio.Task[None], idle: asyncio.Event) -> None:
    """Wait until nothing is in hand, for a bounded time, then cancel the task and wait for its end."""
    if not task.done():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(idle.wait(), PATIENCE_SECONDS)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
