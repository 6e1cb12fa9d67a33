"""One member of a group on RabbitMQ: stands in line for every partition, and keeps no more than its share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Final

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from adapters.brokers.lanes import Held, LaneLostError, Lanes
from adapters.brokers.rabbitmq.connecting import Link, connected
from adapters.brokers.rabbitmq.partition import Partition, Reading
from adapters.brokers.rabbitmq.topology import (
    declare_members,
    declare_tokens,
    declare_topic,
    to_token,
    tokens_name,
)
from adapters.brokers.running import work_together
from domain.ports.brokers import Handler, SubscribeOptions

BALANCE_SECONDS: Final = 0.5
FIRST_OFFSET: Final = 0
TOKEN_SECONDS: Final = 10.0  # for one queue to take a token
JOIN_SECONDS: Final = 60.0
_LOG = logging.getLogger(__name__)


class Member:
    """Sessions of one subscription, each with a connection of its own."""

    def __init__(
        self,
        url: str,
        topic: str,
        group: str,
        handler: Handler,
        *,
        options: SubscribeOptions,
        partitions: int,
        heartbeat: int,
        settle: float,
    ) -> None:
        self._url = url
        self._topic = topic
        self._group = group
        self._handler = handler
        self._options = options
        self._partitions = partitions
        self._heartbeat = heartbeat
        self._settle = settle

    async def session(self, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Work until `stop`. Raises what aio-pika raises."""
        async with connected(self._url, self._heartbeat) as link:
            running = _Session(link, self._topic, self._group)
            running.lanes = Lanes(self._handler, self._options, running.acknowledge)
            try:
                async with asyncio.timeout(JOIN_SECONDS):
                    await running.join(self._partitions, self._options.in_flight, self._settle)
                ready()
                await self._work(running, stop)
            finally:
                running.end()

    async def _work(self, running: _Session, stop: asyncio.Event) -> None:
        # Not cancelled in mid-question: that would end the channel which `leave` needs.
        balancing = asyncio.ensure_future(running.balance(stop))
        try:
            await work_together(stop, running.lanes, running.watch(), _follow(balancing))
            await balancing
            await running.leave()
        finally:
            balancing.cancel()
            await asyncio.gather(balancing, return_exceptions=True)


async def _follow(balancing: asyncio.Future[None]) -> None:
    await asyncio.shield(balancing)


class _Session:
    lanes: Lanes[AbstractIncomingMessage]

    def __init__(self, link: Link, topic: str, group: str) -> None:
        self._link = link
        self._topic = topic
        self._group = group
        self._partitions: list[Partition] = []
        self._tokens: AbstractChannel | None = None
        self._members: AbstractQueue | None = None

    async def join(self, wanted: int, in_flight: int, settle: float) -> None:
        """Stand in line everywhere.

        Each session adds a token to begin with, so that no accident leaves a group without one. The owner
        keeps the highest.
        """
        self._tokens = channel = await self._link.channel()
        partitions = await declare_topic(self._link, self._topic, wanted, settle)
        self._members = await declare_members(channel, self._topic, self._group)
        await self._members.consume(_nothing)
        prefetch = max(1, in_flight // partitions)
        reading = Reading(self._link, channel, self._topic, self._group, partitions, prefetch, self._fail)
        for number in range(partitions):
            queue = await declare_tokens(channel, self._topic, number, self._group)
            partition = Partition(number, queue, reading, self.lanes)
            self._partitions.append(partition)
            await self._add_token(number)
            await partition.listen()

    async def _add_token(self, number: int) -> None:
        """Add a first token. A queue that does not take it is made anew, in the next session.

        RabbitMQ killed right after it made a quorum queue may bring it back without a leader, for good.
        """
        name = tokens_name(self._topic, number, self._group)
        outbox = (self._tokens or await self._link.channel()).default_exchange
        try:
            async with asyncio.timeout(TOKEN_SECONDS):
                await outbox.publish(to_token(FIRST_OFFSET), routing_key=name, mandatory=True)
        except TimeoutError:
            _LOG.error("%s takes no token and is made anew: the group begins with the oldest", name)
            channel = await self._link.connection.channel()
            await channel.queue_delete(name)
            raise

    async def acknowledge(self, number: int, batch: Sequence[Held[AbstractIncomingMessage]]) -> None:
        """Write down what was handled. Raises `LaneLostError` when the partition is not ours any more."""
        partition = self._partitions[number]
        if not partition.ours:
            raise LaneLostError
        await partition.move_on(batch[-1].token)

    async def balance(self, stop: asyncio.Event) -> None:
        """Give up what is more than our share: RabbitMQ gives everything to whoever stands first in line."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BALANCE_SECONDS):
                    await stop.wait()
                    return
            ours = [partition for partition in self._partitions if partition.ours]
            members = await self._count_members()
            share = -(-len(self._partitions) // members)
            for partition in ours[:share]:
                await partition.freshen()
            for partition in ours[share:]:
                await partition.give_up()
                await partition.listen()

    async def watch(self) -> None:
        """Raise when the connection or one of its channels ends."""
        raise await self._link.ended

    async def leave(self) -> None:
        """Give everything up in order."""
        for partition in self._partitions:
            await partition.give_up()

    def end(self) -> None:
        """Leave no task behind."""
        for partition in self._partitions:
            partition.end()

    async def _count_members(self) -> int:
        """How many sessions the group has, ours included."""
        if self._members is None or self._tokens is None:
            return 1
        answer = await self._tokens.declare_queue(self._members.name, passive=True)
        return max(1, answer.declaration_result.consumer_count or 1)

    def _fail(self, error: BaseException) -> None:
        if not self._link.ended.done():
            self._link.ended.set_result(error)


async def _nothing(message: AbstractIncomingMessage) -> None:
    """Nobody sends to the queue of members; what a stranger put there is taken away."""
    await message.ack()
