"""Ports that stop at a given call until a test lets them go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

BOUND = 15.0


class Gate:
    """A place where one call waits."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()
        self._open = asyncio.Event()

    async def reached(self) -> None:
        async with asyncio.timeout(BOUND):
            await self._reached.wait()

    def open(self) -> None:
        self._open.set()

    async def pass_through(self) -> None:
        self._reached.set()
        async with asyncio.timeout(BOUND):
            await self._open.wait()


def gated(call: Callable[..., Awaitable[Any]], gate: Gate, nth: int = 1) -> Callable[..., Awaitable[Any]]:
    """`call`, whose `nth` execution waits at the gate before it acts."""
    calls = 0

    async def waits(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            await gate.pass_through()
        return await call(*args, **kwargs)

    return waits
