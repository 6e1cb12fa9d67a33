"""A partition in a member's eyes: ours while we hold its token, and then read from its stream."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aiormq.exceptions import ChannelInvalidStateError

from adapters.brokers.lanes import Held, Lanes
from adapters.brokers.rabbitmq.connecting import AWAY, Link
from adapters.brokers.rabbitmq.topology import (
    OFFSET,
    from_amqp,
    offset_of,
    stream_name,
    to_token,
    tokens_name,
)
from domain.ports.brokers import Delivery

FRESH_SECONDS: Final = 600.0  # RabbitMQ allows 30 minutes
ANSWER_SECONDS: Final = 15.0
SETTLE_SECONDS: Final = 0.05  # several tokens may come after an accident; the highest one counts


@dataclass(frozen=True, slots=True)
class Reading:
    """What a partition needs of its session."""

    link: Link
    outbox: AbstractChannel
    topic: str
    group: str
    partitions: int
    prefetch: int
    fail: Callable[[BaseException], None]


@dataclass(slots=True)
class Partition:
    """`done` is the offset up to which (excluding it) everything is handled, as far as a token told."""

    number: int
    tokens: AbstractQueue
    reading: Reading
    lanes: Lanes[AbstractIncomingMessage]
    done: int = -1
    _held: list[AbstractIncomingMessage] = field(default_factory=list)
    _stream: AbstractChannel | None = None
    _paused_at: int | None = None  # the offset of the last message that was taken before a pause
    _consumer: str = ""
    _put_at: float = 0.0
    _started: asyncio.Task[None] | None = None

    @property
    def ours(self) -> bool:
        """Whether we own it: we hold a token."""
        return bool(self._held)

    async def listen(self) -> None:
        """Stand in line for the token."""
        self._consumer = await self.tokens.consume(self._on_token)

    async def give_up(self) -> None:
        """Leave it to the next in line. The token goes back last, when nothing is in hand any more."""
        await self.tokens.cancel(self._consumer)
        while self._started is not None and not self._started.done():
            await asyncio.wait({self._started})  # not cancelled: a question cut short would end its channel
        await self._stop_reading()
        self.lanes.forget(self.number)
        while self.lanes.busy == self.number:
            await self.lanes.idle.wait()
        held, self._held, self.done = self._held, [], -1
        for token in held:
            await token.reject(requeue=True)

    def end(self) -> None:
        """Leave no task behind; the connection is over."""
        if self._started is not None:
            self._started.cancel()

    async def move_on(self, last: AbstractIncomingMessage) -> None:
        """Write down, in a new token, that everything up to `last` is handled; let RabbitMQ send more."""
        self.done = max(self.done, offset_of(last) + 1)
        await self._put_token()
        if self._stream is not None:
            with contextlib.suppress(ChannelInvalidStateError):  # we read on another channel by now
                await last.ack(multiple=True)
        elif self._paused_at is not None and self.done > self._paused_at:
            self._paused_at = None
            self._started = asyncio.ensure_future(self._start_reading(self._started))

    async def freshen(self) -> None:
        """Put a new token in place of an old one, since RabbitMQ ends a channel that holds one too long."""
        if self.ours and time.monotonic() - self._put_at > FRESH_SECONDS:
            await self._put_token()

    async def _put_token(self) -> None:
        """It comes back to us, because we stand first in line; only then the one before is taken away."""
        reading = self.reading
        queue = tokens_name(reading.topic, self.number, reading.group)
        async with asyncio.timeout(ANSWER_SECONDS):  # else the session ends and another one begins
            await reading.outbox.default_exchange.publish(
                to_token(self.done), routing_key=queue, mandatory=True
            )
        self._put_at = time.monotonic()

    async def _on_token(self, token: AbstractIncomingMessage) -> None:
        """Keep the highest token. A higher one than we wrote tells of work that another member has done."""
        offset = int(token.body)
        self._held.append(token)
        self._held.sort(key=lambda one: int(one.body))
        lower, self._held = self._held[:-1], self._held[-1:]
        if offset > self.done:
            self.done = offset
            self._started = asyncio.ensure_future(self._start_reading(self._started))
        for one in lower:
            await one.ack()

    async def _start_reading(self, before: asyncio.Task[None] | None) -> None:
        try:
            if before is not None:
                await asyncio.wait({before})
            await asyncio.sleep(SETTLE_SECONDS)
            await self._stop_reading()
            self.lanes.forget(self.number)
            reading = self.reading
            self._stream = await reading.link.channel(reading.prefetch)
            stream = await self._stream.get_queue(stream_name(reading.topic, self.number), ensure=False)
            await stream.consume(self._on_message, arguments={OFFSET: self.done})
            # RabbitMQ may count how often a token was given back; this one is new.
            await self._put_token()
        except AWAY as error:
            reading.fail(error)

    async def _stop_reading(self) -> None:
        channel, self._stream, self._paused_at = self._stream, None, None
        if channel is not None:
            await self.reading.link.close(channel)

    async def _on_message(self, incoming: AbstractIncomingMessage) -> None:
        if self._stream is None or not self.ours:
            return
        place = f"{self.reading.topic}/{self.number}/{offset_of(incoming)}"
        delivery = Delivery(from_amqp(self.reading.topic, incoming), place)
        self.lanes.put(self.number, [Held(delivery, incoming)])
        if self.lanes.is_full(self.number, self.reading.partitions):
            self._pause(self._stream, offset_of(incoming))

    def _pause(self, stream: AbstractChannel, offset: int) -> None:
        """Read no further until all up to `offset` is handled: a prefetch bounds messages, not their bytes.

        What comes before the channel is closed is dropped; the stream has it.
        """
        self._stream, self._paused_at = None, offset
        self._started = asyncio.ensure_future(self._close(stream, self._started))

    async def _close(self, stream: AbstractChannel, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        await self.reading.link.close(stream)
