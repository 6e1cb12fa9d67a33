"""Messages per second from the feed to a broker and on to a consumer, against one message at a time.

    python -m benchmarks.messaging [--brokers memory,valkey] [--rounds 3] [--orders 1000] [--single 300]

For each broker and round in turn the publisher sends the whole feed; then the naive relay sends
the first `--single` events as one writes it first: read one, send it, wait, mark it. Then the stock consumer
takes what was sent, in batches and, on `--single` messages, one in each transaction. Ratios are those of one
round. Kafka and RabbitMQ are found or fetched when they are named. It judges nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvloop
from rich.console import Console
from rich.table import Table

from adapters import messaging
from adapters.brokers.connecting import ClosableBroker
from adapters.memory.notices import MemoryNotices
from adapters.messaging import ConsumerName
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.grouping import GroupingEventStore
from adapters.postgres.pool import open_pool
from adapters.settings import Settings
from benchmarks.feed_lag import _database
from benchmarks.order_stories import a_whole_order
from domain.events import EventMetadata
from domain.order.encoding import encode
from domain.ports.brokers import Message
from ops.folder import DataFolder
from ops.messaging.composing import build_packer
from ops.messaging.hearing import OrderHearing
from ops.messaging.publisher import Publisher, PublisherPorts
from ops.messaging.sending import TOPICS
from ops.ports import Ports
from ops.servers.server import EmbeddedServer
from ops.servers.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

_DEADLINE: Final = timedelta(seconds=10)
_BATCH: Final = 500
_WRITERS: Final = 16
_BEGIN_AGAIN: Final = "UPDATE publisher_shards SET position = 0, owner = NULL"
_FORGET: Final = "TRUNCATE consumer_streams, stock_heard_orders, stock_heard"
_owners = count(1)
Opening = Callable[[], ClosableBroker]


@contextmanager
def _running(server: EmbeddedServer) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()


@contextmanager
def _broker(name: str) -> Iterator[Opening]:
    """That broker on a server of its own, empty."""
    with tempfile.TemporaryDirectory(prefix="orderkeep-bench-") as path, DataFolder(Path(path)) as folder:
        ports = Ports(folder.run / "ports.json", {})
        if name == "memory":
            from adapters.brokers.memory import MemoryBroker

            yield lambda: MemoryBroker(capacity=1_000_000)
        elif name == "valkey":
            from adapters.brokers.valkey import ValkeyBroker

            valkey = EmbeddedValkey(folder, ports.choose("valkey"))
            with _running(valkey):
                yield lambda: ValkeyBroker(valkey.address)
        elif name == "kafka":
            from adapters.brokers.kafka import KafkaBroker
            from ops.servers.kafka import EmbeddedKafka
            from ops.servers.kafka_jars import find_kafka

            kafka = EmbeddedKafka(folder, ports, find_kafka(os.environ, print))
            with _running(kafka):
                yield lambda: KafkaBroker(kafka.address)
        elif name == "rabbitmq":
            from adapters.brokers.rabbitmq import RabbitMQBroker
            from ops.servers.rabbitmq import EmbeddedRabbitMQ
            from ops.servers.rabbitmq_packages import find_rabbitmq

            rabbit = EmbeddedRabbitMQ(folder, ports, find_rabbitmq(os.environ, print))
            with _running(rabbit):
                yield lambda: RabbitMQBroker(rabbit.address)
        else:
            raise SystemExit(f"no broker {name!r}")


async def _fill(pool: Pool, orders: int) -> int:
    store = GroupingEventStore(pool, messaging.encode)
    names = iter(range(orders))

    async def writer() -> None:
        for number in names:
            events = [encode(event) for event in a_whole_order(f"ord_{number}")]
            await store.append(f"ord_{number}", 0, "whole", events, EventMetadata())

    await asyncio.gather(*(writer() for _ in range(_WRITERS)))
    total: int = await pool.fetchval("SELECT count(*) FROM order_events")
    return total


async def _publish_all(pool: Pool, broker: ClosableBroker, events: int) -> float:
    """Messages per second of the publisher over the whole feed."""
    await pool.execute(_BEGIN_AGAIN)
    ports = PublisherPorts(
        PostgresEventFeed(pool),
        PostgresEventStore(pool),
        broker,
        messaging.publications(pool),
        MemoryNotices(),
    )
    owner = f"bench-{next(_owners)}"
    publisher = Publisher(ports, build_packer(Settings(_env_file=None)), owner)
    started = time.perf_counter()
    while publisher.sent < events:
        await publisher.step()
    took = time.perf_counter() - started
    await ports.publications.release(owner)  # or the next one waits for half of the shards
    return events / took


async def _publish_singly(pool: Pool, broker: ClosableBroker, events: int) -> float:
    """Messages per second of a relay that reads, sends and marks one event after the other."""
    packer, position = build_packer(Settings(_env_file=None)), 0
    feed = PostgresEventFeed(pool)
    started = time.perf_counter()
    for number in range(events):
        (event,) = (await feed.after(position, 1)).events
        message = packer.pack(event)
        assert message is not None
        # Under an id of its own: a broker may recognise what the publisher has sent.
        single = Message(message.topic, message.key, f"{message.id}/{number}", message.body, message.headers)
        assert await broker.publish_batch([single], _DEADLINE) == 1
        position = event.position
        await pool.execute("UPDATE publisher_shards SET position = $1 WHERE shard = 0", position)
    return events / (time.perf_counter() - started)


async def _consume(pool: Pool, messages: Sequence[Message], batch: int) -> float:
    """Messages per second of the stock consumer's books."""
    await pool.execute(_FORGET)
    hear = OrderHearing(messaging.decode)
    books = messaging.event_books(pool, ConsumerName.STOCK, hear)
    started = time.perf_counter()
    for first in range(0, len(messages), batch):
        await books.take([hear(each) for each in messages[first : first + batch]], park=False)
    return len(messages) / (time.perf_counter() - started)


async def _round(pool: Pool, name: str, events: int, single: int) -> dict[str, float]:
    """All four figures over an empty broker."""
    with _broker(name) as opening:
        async with _open(opening) as broker:
            await broker.ensure_topics([topic.value for topic in TOPICS])
            published = await _publish_all(pool, broker, events)
            naive = await _publish_singly(pool, broker, single)
    packer, feed = build_packer(Settings(_env_file=None)), PostgresEventFeed(pool)
    page = await feed.after(0, events)
    messages = [message for event in page.events if (message := packer.pack(event))]
    return {
        "published": published,
        "published singly": naive,
        "consumed": await _consume(pool, messages, _BATCH),
        "consumed singly": await _consume(pool, messages[:single], 1),
    }


@asynccontextmanager
async def _open(opening: Opening) -> AsyncIterator[ClosableBroker]:
    broker = opening()
    try:
        yield broker
    finally:
        await broker.close()


async def run(database_url: str, brokers: Sequence[str], options: argparse.Namespace, say: Console) -> None:
    """Measure and print."""
    pool = await open_pool(database_url, application="messaging benchmark", largest=8, smallest=4)
    events = await _fill(pool, options.orders)
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    for number in range(1, options.rounds + 1):
        for name in brokers:
            found[name].append(await _round(pool, name, events, options.single))
        say.print(f"round {number} of {options.rounds} done")
    await pool.close()
    table = Table("broker", "what", "messages/s (median)", "spread", "times one at a time")
    for name, rounds in found.items():
        for what in ("published", "consumed"):
            speeds = [each[what] for each in rounds]
            ratios = [each[what] / each[f"{what} singly"] for each in rounds]
            spread = f"{min(speeds):,.0f} to {max(speeds):,.0f}"
            median, ratio = statistics.median(speeds), statistics.median(ratios)
            table.add_row(name, what, f"{median:,.0f}", spread, f"{ratio:.1f}")
    say.print(table)
    say.print(f"{events:,} events of {options.orders:,} orders; one at a time: {options.single:,} of them")


def main() -> None:
    """Parse options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--brokers", default="memory,valkey", help="memory, valkey, kafka, rabbitmq")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--orders", type=int, default=1_000, help="of fourteen events each")
    parser.add_argument("--single", type=int, default=300, help="messages sent and taken one at a time")
    options = parser.parse_args()
    with _database() as url:
        uvloop.run(run(url, options.brokers.split(","), options, Console()))


if __name__ == "__main__":
    main()
