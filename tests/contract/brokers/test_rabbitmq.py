"""What only the broker on RabbitMQ promises: one token for each partition, and never an old one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aio_pika
import pytest
import pytest_asyncio
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import ChannelPreconditionFailed
from pamqp.common import Arguments

from adapters.brokers.acceptance import partition_of
from adapters.brokers.rabbitmq import RabbitMQBroker
from adapters.brokers.rabbitmq.broker import SETTLE
from adapters.brokers.rabbitmq.sending import _waves
from adapters.brokers.rabbitmq.topology import KEPT_BYTES, stream_name, tokens_name
from domain.errors import InvalidValueError
from domain.ports.brokers import BrokerUnavailableError
from ops.servers.rabbitmq import EmbeddedRabbitMQ
from tests.support.brokers import (
    PARTITIONS,
    QUICK,
    SOON,
    BrokerWorld,
    Heard,
    a_message,
    a_story,
    firsts_by_key,
    fresh_topic,
    publish_all,
    rabbitmq_world,
)


@pytest_asyncio.fixture
async def connection(rabbitmq_broker_world: BrokerWorld) -> AsyncIterator[AbstractConnection]:
    assert isinstance(rabbitmq_broker_world.server, EmbeddedRabbitMQ)
    async with await aio_pika.connect(rabbitmq_broker_world.server.address) as opened:
        yield opened


@pytest_asyncio.fixture
async def channel(connection: AbstractConnection) -> AbstractChannel:
    return await connection.channel()


async def _tokens(channel: AbstractChannel, topic: str) -> list[int]:
    """How many tokens stand in each queue, when nobody listens."""
    queues = [
        await channel.declare_queue(tokens_name(topic, partition, "stock"), passive=True)
        for partition in range(PARTITIONS)
    ]
    return [queue.declaration_result.message_count or 0 for queue in queues]


@pytest.mark.brokers
async def test_many_sessions_leave_one_place_for_each_partition(
    rabbitmq_broker_world: BrokerWorld, channel: AbstractChannel
) -> None:
    broker, topic, heard = rabbitmq_broker_world.connect(), fresh_topic(), Heard()
    await broker.ensure_topics([topic])
    for session in range(4):
        subscription = await broker.subscribe(topic, "stock", heard, QUICK)
        story = a_story(topic, 8, 5, first=1 + 5 * session)
        await publish_all(broker, story)
        await heard.has(message.id for message in story)
        await subscription.unsubscribe()
    await broker.close()

    left = await _tokens(channel, topic)

    assert all(1 <= tokens <= 2 for tokens in left), left
    assert len(heard.handled) == 160


@pytest.mark.brokers
async def test_a_token_is_replaced_before_it_grows_old(
    rabbitmq_broker_world: BrokerWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("adapters.brokers.rabbitmq.partition.FRESH_SECONDS", 0.0)
    monkeypatch.setattr("adapters.brokers.rabbitmq.member.BALANCE_SECONDS", 0.02)
    broker, topic, heard = rabbitmq_broker_world.connect(), fresh_topic(), Heard()
    await broker.ensure_topics([topic])
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)

    for number in range(1, 21):
        await publish_all(broker, a_story(topic, 8, 1, first=number))
        await asyncio.sleep(0.02)

    await heard.has(message.id for message in a_story(topic, 8, 20))
    await subscription.unsubscribe()
    await broker.close()
    assert len(heard.handled) == 160
    assert firsts_by_key(heard.handled) == {f"ord_{key}": list(range(1, 21)) for key in range(8)}
    assert "away" not in caplog.text


@pytest.mark.brokers
async def test_a_token_is_not_held_until_rabbitmq_loses_patience(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("adapters.brokers.rabbitmq.partition.FRESH_SECONDS", 1.0)
    heard = Heard()
    with rabbitmq_world(tmp_path, {"consumer_timeout": 4_000, "channel_tick_interval": 1_000}) as world:
        broker = world.connect()
        await broker.ensure_topics(["t"])
        subscription = await broker.subscribe("t", "stock", heard, QUICK)
        await publish_all(broker, a_story("t", 8, 1))
        await heard.has(message.id for message in a_story("t", 8, 1))

        await asyncio.sleep(12)
        await publish_all(broker, a_story("t", 8, 1, first=2))

        await heard.has(message.id for message in a_story("t", 8, 2))
        await subscription.unsubscribe()
        await broker.close()
    assert "away" not in caplog.text
    assert len(heard.handled) == 16


@pytest.mark.brokers
async def test_what_was_sent_to_a_new_topic_is_there_after_a_kill(rabbitmq_broker_world: BrokerWorld) -> None:
    world, topic, heard = rabbitmq_broker_world, fresh_topic(), Heard()
    assert world.server is not None
    broker = world.connect(settle=SETTLE)
    await broker.ensure_topics([topic])
    await publish_all(broker, a_story(topic, 8, 3))

    await asyncio.to_thread(world.server.kill)
    await asyncio.to_thread(world.server.start)

    subscription = await broker.subscribe(topic, "stock", heard, QUICK)
    await heard.has(message.id for message in a_story(topic, 8, 3))
    await subscription.unsubscribe()
    await broker.close()


@pytest.mark.brokers
async def test_a_group_whose_broker_is_killed_at_its_birth_goes_on(
    rabbitmq_broker_world: BrokerWorld,
) -> None:
    world, topic, heard = rabbitmq_broker_world, fresh_topic(), Heard()
    assert world.server is not None
    broker = world.connect(settle=SETTLE)
    await broker.ensure_topics([topic])
    await publish_all(broker, a_story(topic, 8, 1))
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)
    await heard.until(lambda: bool(heard.handled))

    await asyncio.to_thread(world.server.kill)
    await asyncio.to_thread(world.server.start)
    await publish_all(broker, a_story(topic, 8, 1, first=2))

    await heard.has((message.id for message in a_story(topic, 8, 2)), timedelta(seconds=90))
    await subscription.unsubscribe()
    await broker.close()
    assert firsts_by_key(heard.handled) == {f"ord_{key}": [1, 2] for key in range(8)}


@pytest.mark.brokers
async def test_a_stream_that_is_gone_is_made_again_and_no_key_moves(
    rabbitmq_broker_world: BrokerWorld, channel: AbstractChannel
) -> None:
    broker, topic, heard = rabbitmq_broker_world.connect(), fresh_topic(), Heard()
    await broker.ensure_topics([topic])
    places = {f"ord_{key}": str(partition_of(f"ord_{key}", PARTITIONS)) for key in range(8)}
    await publish_all(broker, a_story(topic, 8, 5))
    await channel.queue_delete(stream_name(topic, 1))

    lost = [a_message(topic, key, 6) for key, place in places.items() if place == "1"]
    with pytest.raises(BrokerUnavailableError):
        await broker.publish_batch(lost, SOON)
    await broker.ensure_topics([topic])
    await publish_all(broker, a_story(topic, 8, 2, first=6))

    subscription = await broker.subscribe(topic, "stock", heard, QUICK)
    await heard.has(message.id for message in a_story(topic, 8, 2, first=6))
    await subscription.unsubscribe()
    await broker.close()
    assert {one.message.key: one.place.split("/")[1] for one in heard.handled} == places


@pytest.mark.brokers
async def test_messages_that_must_not_stay_go_by_age(
    rabbitmq_broker_world: BrokerWorld, connection: AbstractConnection
) -> None:
    broker, topic = rabbitmq_broker_world.connect(), fresh_topic()
    await broker.ensure_topics([topic], kept=timedelta(hours=1))
    await broker.ensure_topics([topic])
    await broker.close()

    arguments: Arguments = {"x-queue-type": "stream", "x-max-length-bytes": KEPT_BYTES, "x-max-age": "2s"}
    for name in (stream_name(topic, 0), stream_name(f"{topic}.poison", 0)):
        with pytest.raises(ChannelPreconditionFailed, match=r"x-max-age.*3600s"):
            await (await connection.channel()).declare_queue(name, durable=True, arguments=arguments)


def test_of_each_key_one_message_leaves_at_a_time() -> None:
    batch = [
        a_message("order-events", key, number)
        for key, number in [("ord_1", 1), ("ord_1", 2), ("ord_2", 1), ("ord_1", 3), ("ord_2", 2)]
    ]

    assert _waves(batch) == [[0, 2], [1, 4], [3]]


@pytest.mark.parametrize("bad", [{"partitions": 0}, {"heartbeat": QUICK.redeliver_after}])
def test_a_heartbeat_is_a_second_at_least(bad: dict[str, int]) -> None:
    with pytest.raises(InvalidValueError):
        RabbitMQBroker("amqp://127.0.0.1:1/", **bad)  # type: ignore[arg-type]
