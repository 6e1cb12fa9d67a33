"""Publishing with confirms. Of one key the next message leaves only when the one before is confirmed.

RabbitMQ may refuse one message of a batch and take a later one; waiting for each wave rules that out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from aio_pika.abc import AbstractExchange

from adapters.brokers.acceptance import partition_of, partitions_of, refused
from adapters.brokers.rabbitmq.connecting import AWAY, Link, connected
from adapters.brokers.rabbitmq.topology import find_topic, to_amqp
from domain.ports.brokers import Message, Refusal


class Sender:
    """The connection of the moment, one batch at a time; given up at the first failure."""

    def __init__(self, url: str, heartbeat: int, partitions: int) -> None:
        self._url = url
        self._partitions = partitions  # that a topic has when we made it
        self._heartbeat = heartbeat
        self._turn = asyncio.Lock()
        self._open: AsyncExitStack | None = None
        self._link: Link | None = None
        self._topics: dict[str, tuple[AbstractExchange, int]] = {}  # with the number of partitions
        self._given_up: set[asyncio.Task[None]] = set()

    async def send(self, messages: Sequence[Message], seconds: float) -> tuple[int, BaseException | None]:
        """How many, from the first, are known to have arrived, and what went wrong with the next one.

        Raises `MessageRefusedError` for a topic that does not exist, after the messages before it arrived.
        """
        arrived: set[int] = set()
        unknown = len(messages)
        trouble: BaseException | None = None
        async with self._turn:
            try:
                async with asyncio.timeout(seconds):
                    unknown = await self._known(messages)
                    for wave in _waves(messages[:unknown]):
                        await self._send_wave(messages, wave, arrived)
            except AWAY as error:
                trouble = error
                self._give_up()
            except BaseException:
                self._give_up()
                raise
        if trouble is None and unknown < len(messages):
            raise refused(unknown, messages[unknown], Refusal.UNROUTABLE)
        prefix = next((index for index in range(len(messages)) if index not in arrived), len(messages))
        return prefix, trouble

    async def close(self) -> None:
        """Close the connection."""
        async with self._turn:
            self._give_up()
        await asyncio.gather(*self._given_up)

    async def _send_wave(self, messages: Sequence[Message], wave: Sequence[int], arrived: set[int]) -> None:
        """Send messages of different keys, and wait for all of them."""
        sending = [asyncio.ensure_future(self._send_one(messages[index])) for index in wave]
        try:
            await asyncio.wait(sending)
        finally:
            for one in sending:
                one.cancel()
            outcomes = await asyncio.gather(*sending, return_exceptions=True)
            arrived.update(index for index, outcome in zip(wave, outcomes, strict=True) if outcome is None)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _send_one(self, message: Message) -> None:
        exchange, partitions = self._topics[message.topic]
        partition = partition_of(message.key, partitions)
        await exchange.publish(to_amqp(message), routing_key=str(partition), mandatory=True)

    async def _known(self, messages: Sequence[Message]) -> int:
        """The index of the first message whose topic does not exist; the length when all do."""
        link = await self._connect()
        for index, message in enumerate(messages):
            if message.topic not in self._topics:
                likely = partitions_of(message.topic, self._partitions)
                if (found := await find_topic(link, message.topic, likely)) is None:
                    return index
                self._topics[message.topic] = found
        return len(messages)

    async def _connect(self) -> Link:
        if self._link is not None and self._link.ended.done():
            self._give_up()
        if self._link is None:
            self._open = AsyncExitStack()
            self._link = await self._open.enter_async_context(connected(self._url, self._heartbeat))
        return self._link

    def _give_up(self) -> None:
        """Use the connection no more; its end may take a while and is not waited for."""
        stack, self._open, self._link = self._open, None, None
        self._topics.clear()
        if stack is not None:
            ending = asyncio.ensure_future(stack.aclose())
            self._given_up.add(ending)
            ending.add_done_callback(self._given_up.discard)


def _waves(messages: Sequence[Message]) -> list[list[int]]:
    """Indices in waves: of each key the first message in the first wave, the second in the second."""
    turns: dict[tuple[str, str], int] = {}
    waves: list[list[int]] = []
    for index, message in enumerate(messages):
        key = (message.topic, message.key)
        turn = turns.get(key, 0)
        turns[key] = turn + 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(index)
    return waves
