"""The worlds that the broker suite runs over, and a handler that remembers what it was given."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Protocol

from adapters.brokers.kafka import KafkaBroker
from adapters.brokers.kafka.connecting import KafkaTimes
from adapters.brokers.memory import MemoryBroker
from adapters.brokers.rabbitmq import RabbitMQBroker
from adapters.brokers.valkey import ValkeyBroker
from domain.ports.brokers import Broker, BrokerUnavailableError, Delivery, Message, SubscribeOptions
from ops.folder import DataFolder
from ops.ports import Ports
from ops.servers.kafka import EmbeddedKafka
from ops.servers.kafka_jars import find_kafka
from ops.servers.rabbitmq import EmbeddedRabbitMQ
from ops.servers.rabbitmq_packages import find_rabbitmq
from ops.servers.server import EmbeddedServer
from ops.servers.valkey import EmbeddedValkey
from tests.support.proxy import Proxy

SOON = timedelta(seconds=10)
QUICK = SubscribeOptions(redeliver_after=timedelta(milliseconds=50))
PARTITIONS = 4
_numbers = count(1)


class ClosableBroker(Broker, Protocol):
    """A broker that whoever composes closes."""

    async def close(self) -> None: ...


def fresh_topic() -> str:
    """A topic that no test has used."""
    return f"topic-{next(_numbers)}"


@dataclass(frozen=True)
class BrokerWorld:
    """One broker: `connect` gives a client of it, `server` is what can be killed; `behind` a bad network.

    `settles` is how long it needs to write down what was just declared; killed earlier, it may forget it.
    """

    name: str
    connect: Callable[..., ClosableBroker]
    server: EmbeddedServer | None = None
    behind: Callable[[], AbstractAsyncContextManager[tuple[Proxy, ClosableBroker]]] | None = None
    settles: timedelta = timedelta(0)


@contextmanager
def memory_world() -> Iterator[BrokerWorld]:
    """All clients are the one broker."""
    broker = MemoryBroker(partitions=PARTITIONS)
    yield BrokerWorld("memory", lambda partitions=PARTITIONS: broker)


@contextmanager
def valkey_world(folder: Path) -> Iterator[BrokerWorld]:
    """A Valkey of our own, which may be killed."""
    lease = timedelta(seconds=1.5)

    def at(port: int, partitions: int = PARTITIONS) -> ValkeyBroker:
        return ValkeyBroker(f"redis://127.0.0.1:{port}/0", partitions=partitions, lease=lease)

    with DataFolder(folder) as data:
        port = Ports(data.run / "ports.json", {}).choose("valkey")
        server = EmbeddedValkey(data, port)
        server.start()
        try:
            yield BrokerWorld("valkey", partial(at, port), server, lambda: _behind(port, at))
        finally:
            server.stop()


@contextmanager
def kafka_world(folder: Path) -> Iterator[BrokerWorld]:
    """A Kafka of our own, found or fetched; a second listener of it leads through the bad network."""
    times = KafkaTimes(answer=timedelta(seconds=4), session=timedelta(seconds=3))

    def at(port: int, partitions: int = PARTITIONS) -> KafkaBroker:
        return KafkaBroker(f"127.0.0.1:{port}", partitions=partitions, times=times)

    with DataFolder(folder) as data:
        ports = Ports(data.run / "ports.json", {})
        server = EmbeddedKafka(data, ports, find_kafka(os.environ, print))
        server.start()
        direct = int(server.address.rpartition(":")[2])
        try:
            yield BrokerWorld(
                "kafka",
                partial(at, direct),
                server,
                lambda: _behind(server.detour, at, server.detour_advertised),
            )
        finally:
            server.stop()


@contextmanager
def rabbitmq_world(folder: Path, limits: Mapping[str, int] | None = None) -> Iterator[BrokerWorld]:
    """A RabbitMQ of our own, found or fetched."""

    def at(port: int, partitions: int = PARTITIONS, settle: timedelta = timedelta(0)) -> RabbitMQBroker:
        url = f"amqp://guest:guest@127.0.0.1:{port}/"
        return RabbitMQBroker(url, partitions=partitions, heartbeat=timedelta(seconds=2), settle=settle)

    with DataFolder(folder) as data:
        ports = Ports(data.run / "ports.json", {})
        server = EmbeddedRabbitMQ(data, ports, find_rabbitmq(os.environ, print), limits)
        try:
            server.start()
            yield BrokerWorld(
                "rabbitmq",
                partial(at, server.port),
                server,
                lambda: _behind(server.port, at),
                settles=timedelta(seconds=2),
            )
        finally:
            server.stop()


@asynccontextmanager
async def _behind(
    port: int, at: Callable[..., ClosableBroker], own: int = 0
) -> AsyncIterator[tuple[Proxy, ClosableBroker]]:
    async with Proxy(port, own) as proxy:
        broker = at(proxy.port)
        try:
            yield proxy, broker
        finally:
            proxy.mend()
            await broker.close()


class Heard:
    """A handler: keeps what it was given, may be slow or fail first. All its deliveries by key."""

    def __init__(self, fails: Callable[[Sequence[Delivery]], bool] | None = None) -> None:
        self.batches: list[list[Delivery]] = []
        self.handled: list[Delivery] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self._fails = fails
        self._changed = asyncio.Event()

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.batches.append(list(deliveries))
        self.entered.set()
        await self.gate.wait()
        if self._fails is not None and self._fails(deliveries):
            self._changed.set()
            raise RuntimeError("this handler was told to fail")
        self.handled.extend(deliveries)
        self._changed.set()

    @property
    def ids(self) -> list[str]:
        """The ids handled, in order."""
        return [one.message.id for one in self.handled]

    @property
    def attempts(self) -> list[Delivery]:
        """Everything handed out, handled or not."""
        return [one for batch in self.batches for one in batch]

    async def until(self, condition: Callable[[], bool], patience: timedelta = timedelta(seconds=30)) -> None:
        """Wait until a condition over what was heard holds."""
        async with asyncio.timeout(patience.total_seconds()):
            while not condition():
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.1):  # the condition may look at other listeners as well
                        await self._changed.wait()

    async def has(self, ids: Iterable[str], patience: timedelta = timedelta(seconds=30)) -> None:
        """Wait until all of these were handled."""
        wanted = set(ids)
        await self.until(lambda: wanted <= set(self.ids), patience)


def a_message(topic: str, key: str, number: int, body: bytes = b"{}") -> Message:
    """Message `number` of a key; its id tells both."""
    return Message(topic, key, f"{key}:{number}", body, {"content-type": "application/json"})


def a_story(topic: str, keys: int, each: int, first: int = 1) -> list[Message]:
    """Messages of several keys, in turn."""
    return [
        a_message(topic, f"ord_{key}", number) for number in range(first, first + each) for key in range(keys)
    ]


async def soon(condition: Callable[[], bool], patience: timedelta = SOON) -> None:
    """Wait until it holds: what a client began ends a moment after it was told to."""
    async with asyncio.timeout(patience.total_seconds()):
        while not condition():  # noqa: ASYNC110 - nobody tells when a garbage collector is through
            await asyncio.sleep(0.01)


def firsts_by_key(deliveries: Iterable[Delivery]) -> dict[str, list[int]]:
    """For each key the numbers in the order in which they came first; repeats are left out."""
    found: dict[str, dict[int, None]] = defaultdict(dict)
    for one in deliveries:
        key, _, number = one.message.id.rpartition(":")
        found[key].setdefault(int(number))
    return {key: list(numbers) for key, numbers in found.items()}


async def publish_all(broker: Broker, messages: Sequence[Message], patience: timedelta = SOON) -> None:
    """Publish as a careful sender does: on from the first message not known to have arrived."""
    sent = 0
    async with asyncio.timeout(60):
        while sent < len(messages):
            try:
                sent += await broker.publish_batch(messages[sent:], patience)
            except BrokerUnavailableError:
                await asyncio.sleep(0.1)
