"""Ports that stop at a given call until a test lets them go on, and looking until something is so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

BOUND = 15.0
PATIENCE = 20.0
T = TypeVar("T")


async def until(ask: Callable[[], Awaitable[T]], holds: Callable[[T], object]) -> T:
    """Ask until the answer is as it should be; gives that answer."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await ask()
            if holds(answer):
                return answer
            await asyncio.sleep(0.02)


async def eventually(ask: Callable[[], Awaitable[Any]], wanted: object) -> None:
    """Wait until `ask` gives `wanted`."""
    await until(ask, lambda answer: answer == wanted)


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
