"""Waiting for a condition, never for luck: asks often, gives up loudly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_PAUSE = 0.02


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Return once `condition` holds; fail after `seconds`."""
    for _ in range(int(seconds / _PAUSE)):
        if await condition():
            return
        await asyncio.sleep(_PAUSE)
    raise AssertionError(f"{condition} did not come true within {seconds} s")
