"""What every broker that is another process promises when it dies, or when the network between does."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from domain.ports.brokers import SubscribeOptions
from tests.support.brokers import (
    QUICK,
    BrokerWorld,
    Heard,
    a_story,
    firsts_by_key,
    fresh_topic,
    publish_all,
)

KEYS = 6
PATIENCE = timedelta(seconds=60)


async def test_a_broker_killed_in_mid_batch_loses_nothing_and_keeps_the_order(remote: BrokerWorld) -> None:
    assert remote.server is not None
    sender, listener = remote.connect(), remote.connect()
    topic = fresh_topic()
    await sender.ensure_topics([topic])
    heard = Heard()
    subscription = await listener.subscribe(
        topic, "stock", heard, SubscribeOptions(batch=20, redeliver_after=QUICK.redeliver_after)
    )
    story = a_story(topic, KEYS, 400)
    await asyncio.sleep(remote.settles.total_seconds())
    sending = asyncio.create_task(_in_pieces(sender, story))
    await heard.until(lambda: len(heard.handled) > 100)

    await asyncio.to_thread(remote.server.kill)
    await asyncio.sleep(0.3)
    await asyncio.to_thread(remote.server.start)

    await sending
    await heard.has((message.id for message in story), PATIENCE)
    await subscription.unsubscribe()
    await sender.close()
    await listener.close()
    assert firsts_by_key(heard.handled) == {f"ord_{key}": list(range(1, 401)) for key in range(KEYS)}


async def _in_pieces(sender: object, story: list) -> None:  # type: ignore[type-arg]
    for first in range(0, len(story), 60):
        await publish_all(sender, story[first : first + 60], timedelta(seconds=2))  # type: ignore[arg-type]


async def test_what_was_in_hand_when_the_broker_died_comes_again_first(remote: BrokerWorld) -> None:
    assert remote.server is not None
    broker = remote.connect()
    topic = fresh_topic()
    await broker.ensure_topics([topic])
    story = a_story(topic, 2, 10)
    await publish_all(broker, story)
    heard = Heard()
    heard.gate.clear()
    subscription = await broker.subscribe(topic, "stock", heard, SubscribeOptions(batch=3))
    await asyncio.wait_for(heard.entered.wait(), 20)
    await asyncio.sleep(remote.settles.total_seconds())

    await asyncio.to_thread(remote.server.kill)
    await asyncio.to_thread(remote.server.start)
    heard.gate.set()

    await heard.has((message.id for message in story), PATIENCE)
    await subscription.unsubscribe()
    await broker.close()
    assert firsts_by_key(heard.handled) == {f"ord_{key}": list(range(1, 11)) for key in range(2)}


async def test_a_subscription_comes_back_by_itself_after_its_connections_were_cut(
    remote: BrokerWorld,
) -> None:
    assert remote.behind is not None
    sender = remote.connect()
    topic = fresh_topic()
    await sender.ensure_topics([topic])
    heard = Heard()
    async with remote.behind() as (proxy, listener):
        subscription = await listener.subscribe(topic, "stock", heard, QUICK)
        await publish_all(sender, a_story(topic, KEYS, 5))
        await heard.has(message.id for message in a_story(topic, KEYS, 5))

        proxy.cut()
        await publish_all(sender, a_story(topic, KEYS, 5, first=6))

        await heard.has((message.id for message in a_story(topic, KEYS, 5, first=6)), PATIENCE)
        await subscription.unsubscribe()
    await sender.close()
    assert firsts_by_key(heard.handled) == {f"ord_{key}": list(range(1, 11)) for key in range(KEYS)}


async def test_what_a_silent_member_owned_goes_to_the_others_in_order(remote: BrokerWorld) -> None:
    assert remote.behind is not None
    sender, survivor = remote.connect(), remote.connect()
    topic = fresh_topic()
    await sender.ensure_topics([topic])
    silent, heard = Heard(), Heard()
    async with remote.behind() as (proxy, listener):
        first = await listener.subscribe(topic, "stock", silent, SubscribeOptions(batch=2))
        await publish_all(sender, a_story(topic, KEYS, 1))
        await silent.has(message.id for message in a_story(topic, KEYS, 1))
        silent.gate.clear()
        silent.entered.clear()
        await publish_all(sender, a_story(topic, KEYS, 9, first=2))
        await asyncio.wait_for(silent.entered.wait(), 20)
        proxy.freeze()

        second = await survivor.subscribe(topic, "stock", heard, QUICK)

        await heard.has((message.id for message in a_story(topic, KEYS, 9, first=2)), PATIENCE)
        proxy.cut()
        proxy.mend()
        silent.gate.set()
        await first.unsubscribe()
        await second.unsubscribe()
    await sender.close()
    await survivor.close()
    assert firsts_by_key(heard.handled) == {f"ord_{key}": list(range(2, 11)) for key in range(KEYS)}
