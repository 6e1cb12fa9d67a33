"""One connection, whose end anybody may wait for, and which errors pass by themselves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelAccessRefused,
    ChannelInvalidStateError,
    ConnectionClosed,
    ProbableAuthenticationError,
)

CLOSE_SECONDS: Final = 2.0
# ChannelInvalidStateError is a RuntimeError: a channel that ended under us.
AWAY: Final = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)
_LOST_RIGHT: Final = (AuthenticationError, ProbableAuthenticationError, ChannelAccessRefused)


@dataclass(frozen=True, slots=True)
class Link:
    """A connection, and the future that ends with the reason when it or one of its channels ends."""

    connection: AbstractConnection
    ended: asyncio.Future[BaseException]

    async def channel(self, prefetch: int = 0) -> AbstractChannel:
        """A channel with confirms; what cannot be routed raises. It may hold `prefetch` unacknowledged."""
        channel = await self.connection.channel(publisher_confirms=True, on_return_raises=True)
        channel.close_callbacks.add(self._closed)
        if prefetch:
            await channel.set_qos(prefetch_count=prefetch)
        return channel

    async def close(self, channel: AbstractChannel) -> None:
        """Close one channel on purpose; the connection goes on."""
        channel.close_callbacks.discard(self._closed)
        with contextlib.suppress(*AWAY):
            await channel.close()

    def _closed(self, sender: Any, error: BaseException | None) -> None:
        del sender
        if error is not None and not self.ended.done():
            self.ended.set_result(error)


@asynccontextmanager
async def connected(url: str, heartbeat: int) -> AsyncIterator[Link]:
    """A connection that does not come back by itself: whoever uses it begins again."""
    async with asyncio.timeout(2 * heartbeat):
        connection = await aio_pika.connect(url, heartbeat=heartbeat)
    ended: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
    link = Link(connection, ended)

    def closed(sender: Any, error: BaseException | None) -> None:
        del sender
        if not ended.done():
            ended.set_result(error or ConnectionClosed(0, "closed"))

    connection.close_callbacks.add(closed)
    try:
        yield link
    finally:
        with contextlib.suppress(*AWAY):
            async with asyncio.timeout(CLOSE_SECONDS):
                await connection.close()


def passes(error: Exception) -> bool:
    """Whether another session may get on: false for a lost permission and for a defect of ours."""
    return isinstance(error, AWAY) and not isinstance(error, _LOST_RIGHT)
