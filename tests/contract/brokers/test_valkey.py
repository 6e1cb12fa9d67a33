"""What only the broker on Valkey promises: bounds that lose nothing, repeats that leave no trace, fences."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from adapters.brokers.lanes import Held, LaneLostError, Lanes
from adapters.brokers.valkey import ValkeyBroker
from adapters.brokers.valkey.connecting import open_connection
from adapters.brokers.valkey.member import _Session
from adapters.brokers.valkey.topics import log_key, members_key, owners_key, topic_key
from domain.errors import InvalidValueError
from domain.ports.brokers import BrokerUnavailableError, Delivery, MessageRefusedError, SubscribeOptions
from ops.servers.valkey import EmbeddedValkey
from tests.support.brokers import (
    QUICK,
    SOON,
    BrokerWorld,
    Heard,
    a_message,
    a_story,
    fresh_topic,
    publish_all,
)

AT_ONCE = timedelta(seconds=2)


@pytest.fixture
def url(valkey_broker_world: BrokerWorld) -> str:
    assert isinstance(valkey_broker_world.server, EmbeddedValkey)
    return valkey_broker_world.server.address


@pytest_asyncio.fixture
async def redis(url: str) -> AsyncIterator[Redis]:
    client = open_connection(url)
    yield client
    await client.aclose()


@pytest_asyncio.fixture
async def small(url: str) -> AsyncIterator[ValkeyBroker]:
    """One partition that keeps at most five hundred messages."""
    broker = ValkeyBroker(url, partitions=1, most_kept=500)
    yield broker
    await broker.close()


async def _filled(broker: ValkeyBroker) -> str:
    topic = fresh_topic()
    await broker.ensure_topics([topic])
    assert await broker.publish_batch(a_story(topic, 1, 500), SOON) == 500
    return topic


async def test_a_full_partition_takes_nothing_that_would_push_out_what_a_group_has_not_done(
    small: ValkeyBroker,
) -> None:
    topic = fresh_topic()
    await small.ensure_topics([topic])
    slow = Heard()
    slow.gate.clear()
    await small.subscribe(topic, "slow", slow, SubscribeOptions(batch=10, in_flight=20))
    await small.publish_batch(a_story(topic, 1, 1), SOON)
    await slow.entered.wait()

    assert await small.publish_batch(a_story(topic, 1, 600, first=2), SOON) == 499
    with pytest.raises(BrokerUnavailableError):
        await small.publish_batch(a_story(topic, 1, 1, first=501), AT_ONCE)

    slow.gate.set()
    await slow.has(message.id for message in a_story(topic, 1, 500))
    await slow.until(lambda: len(slow.handled) == 500)
    assert await small.publish_batch(a_story(topic, 1, 100, first=501), SOON) == 100
    await slow.has(message.id for message in a_story(topic, 1, 600))
    assert slow.ids == [f"ord_0:{number}" for number in range(1, 601)]


async def test_without_any_group_the_oldest_make_room(small: ValkeyBroker, redis: Redis) -> None:
    topic = await _filled(small)

    assert await small.publish_batch(a_story(topic, 1, 300, first=501), SOON) == 300

    assert await redis.xlen(log_key(topic, 0)) <= 500


async def test_a_repeat_is_recognised_by_its_id_and_leaves_no_trace(
    small: ValkeyBroker, redis: Redis
) -> None:
    topic = fresh_topic()
    await small.ensure_topics([topic])
    story = a_story(topic, 3, 30)

    assert await small.publish_batch(story[:50], SOON) == 50
    assert await small.publish_batch(story, SOON) == 90

    assert await redis.xlen(log_key(topic, 0)) == 90


async def test_only_so_many_ids_are_remembered(
    small: ValkeyBroker, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.brokers.valkey.broker.REMEMBERED", 50)
    topic = fresh_topic()
    await small.ensure_topics([topic])

    await small.publish_batch(a_story(topic, 1, 220), SOON)

    remembered = [await redis.scard(f"{log_key(topic, 0)}:seen:{turn}") for turn in (0, 1)]
    assert sum(remembered) <= 100
    await small.publish_batch(a_story(topic, 1, 1, first=220), SOON)
    assert await redis.xlen(log_key(topic, 0)) == 220


async def test_a_topic_keeps_the_number_of_partitions_that_it_was_made_with(
    small: ValkeyBroker, url: str
) -> None:
    topic = await _filled(small)
    other = ValkeyBroker(url, partitions=7)
    heard = Heard()

    await other.ensure_topics([topic])
    await other.publish_batch(a_story(topic, 5, 1, first=900), SOON)
    await small.subscribe(topic, "stock", heard, QUICK)

    await heard.has(message.id for message in a_story(topic, 5, 1, first=900))
    await other.close()


async def test_a_removed_topic_is_unroutable_until_it_is_made_again(
    small: ValkeyBroker, redis: Redis
) -> None:
    topic = await _filled(small)
    await redis.delete(topic_key(topic))

    with pytest.raises(MessageRefusedError):
        await small.publish_batch(a_story(topic, 1, 1, first=900), SOON)

    await small.ensure_topics([topic])
    assert await small.publish_batch(a_story(topic, 1, 1, first=900), SOON) == 1


async def test_whoever_lost_a_partition_reads_and_acknowledges_nothing_there(
    small: ValkeyBroker, redis: Redis
) -> None:
    topic = await _filled(small)
    heard = Heard()
    subscription = await small.subscribe(topic, "stock", heard, QUICK)
    await heard.until(lambda: len(heard.handled) == 500)
    await subscription.unsubscribe()
    loser = _Session(redis, topic, "stock", 1, timedelta(seconds=10))
    loser.lanes = Lanes(heard, QUICK, loser.acknowledge)
    await loser.beat()
    await redis.hset(owners_key(topic, "stock"), "owner:0", "somebody-else/99")

    held = Held(Delivery(a_message(topic, "ord_0", 1), "place"), b"1-1")
    with pytest.raises(LaneLostError):
        await loser.acknowledge(0, [held])
    assert await loser._take(0, loser._owned[0], 10) == 0

    assert loser._owned == {}


async def test_a_member_that_leaves_leaves_nothing_behind(small: ValkeyBroker, redis: Redis) -> None:
    topic = await _filled(small)
    heard = Heard()
    subscription = await small.subscribe(topic, "stock", heard, QUICK)
    await heard.until(lambda: len(heard.handled) == 500)

    await subscription.unsubscribe()

    assert await redis.zcard(members_key(topic, "stock")) == 0
    assert list(await redis.hgetall(owners_key(topic, "stock"))) == [b"epoch:0"]
    assert (await redis.xpending(log_key(topic, 0), "stock"))["pending"] == 0


async def test_what_a_stranger_wrote_comes_with_what_it_has(small: ValkeyBroker, redis: Redis) -> None:
    topic = fresh_topic()
    await small.ensure_topics([topic])
    await redis.xadd(log_key(topic, 0), {"headers": "{broken", "body": "?"})
    await redis.xadd(log_key(topic, 0), {"headers": "[1]", "other": "x"})
    heard = Heard()

    await small.subscribe(topic, "stock", heard, QUICK)

    await heard.until(lambda: len(heard.handled) == 2)
    assert [(one.message.key, one.message.body, dict(one.message.headers)) for one in heard.handled] == [
        ("", b"?", {}),
        ("", b"", {}),
    ]


async def test_entries_that_somebody_removed_are_told_and_passed_over(
    small: ValkeyBroker, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    topic = await _filled(small)
    stuck = Heard(lambda _: True)
    subscription = await small.subscribe(topic, "stock", stuck, QUICK)
    await stuck.until(lambda: len(stuck.batches) > 0)
    await subscription.unsubscribe()
    oldest: Any = await redis.xrange(log_key(topic, 0), count=1)
    await redis.xdel(log_key(topic, 0), oldest[0][0])
    heard = Heard()

    await small.subscribe(topic, "stock", heard, QUICK)

    await heard.has(message.id for message in a_story(topic, 1, 499, first=2))
    assert "ord_0:1" not in heard.ids
    assert "removed unhandled" in caplog.text


async def test_commands_go_once_every_group_has_done_them(url: str, redis: Redis) -> None:
    broker, topic, stuck = ValkeyBroker(url, partitions=2), fresh_topic(), Heard(lambda _: True)
    await broker.ensure_topics([topic], kept=timedelta(hours=1))
    await publish_all(broker, a_story(topic, 4, 3))
    slow = await broker.subscribe(topic, "slow", stuck, QUICK)
    await stuck.until(lambda: len(stuck.batches) > 1)
    await slow.unsubscribe()
    subscription = await broker.subscribe(topic, "commands", heard := Heard(), QUICK)
    await heard.has(message.id for message in a_story(topic, 4, 3))

    async def kept() -> int:
        return sum([await redis.xlen(log_key(topic, partition)) for partition in range(2)])

    assert await kept() == 12
    slow = await broker.subscribe(topic, "slow", done := Heard(), QUICK)
    await done.has(message.id for message in a_story(topic, 4, 3))
    await publish_all(broker, a_story(topic, 4, 1, first=4))
    for each in (heard, done):
        await each.has(message.id for message in a_story(topic, 4, 4))
    await slow.unsubscribe()
    await subscription.unsubscribe()

    assert await kept() == 0
    await broker.park(a_message(topic, "ord_1", 9), "why", SOON)
    assert 0 < await redis.pttl(log_key(f"{topic}.poison", 0)) <= 3_600_000
    await broker.close()


async def test_a_lost_permission_ends_a_subscription_and_is_told(url: str, redis: Redis) -> None:
    await redis.acl_setuser("nobody", enabled=True, passwords=["+none"], commands=["+@connection"])
    broker = ValkeyBroker(url.replace("redis://", "redis://nobody:none@"))

    subscription = await broker.subscribe(fresh_topic(), "stock", Heard(), QUICK)

    assert "permission" in str(await subscription.failure()).lower()
    await broker.close()


@pytest.mark.parametrize("bad", [{"partitions": 0}, {"most_kept": 0}])
def test_a_partition_has_room_for_something(bad: dict[str, int]) -> None:
    with pytest.raises(InvalidValueError):
        ValkeyBroker("redis://127.0.0.1:1/0", **bad)  # type: ignore[arg-type]
