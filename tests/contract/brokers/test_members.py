"""How members of a group share its work, on every broker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from domain.ports.brokers import SubscribeOptions
from tests.support.brokers import (
    QUICK,
    BrokerWorld,
    ClosableBroker,
    Heard,
    a_story,
    firsts_by_key,
    fresh_topic,
    publish_all,
)

KEYS = 12


async def test_the_keys_are_divided_among_members_and_again_when_one_comes_or_goes(
    world: BrokerWorld,
) -> None:
    one, two = world.connect(), world.connect()
    topic = fresh_topic()
    await one.ensure_topics([topic])
    here, there = Heard(), Heard()
    first = await one.subscribe(topic, "stock", here, QUICK)
    await publish_all(one, a_story(topic, KEYS, 1))
    await here.has(message.id for message in a_story(topic, KEYS, 1))

    second = await two.subscribe(topic, "stock", there, QUICK)
    number, divided = 1, 0
    while not 0 < divided < KEYS:  # brokers divide anew in their own time, sometimes more than once
        number += 1
        assert number < 600, "the keys were never divided"
        await asyncio.sleep(0.05)  # so that all rounds together outlast a broker's heartbeat many times
        batch = a_story(topic, KEYS, 1, first=number)
        await publish_all(one, batch)
        await _both_have(here, there, batch)
        divided = sum(number in numbers for numbers in firsts_by_key(there.handled).values())
    await first.unsubscribe()
    rest = a_story(topic, KEYS, 5, first=number + 1)
    await publish_all(two, rest)

    await there.has(message.id for message in rest)
    await second.unsubscribe()
    await one.close()
    await two.close()
    for key, numbers in firsts_by_key([*here.handled, *there.handled]).items():
        assert sorted(numbers) == list(range(1, number + 6)), key
    for heard in (here, there):
        assert all(numbers == sorted(numbers) for numbers in firsts_by_key(heard.handled).values())


async def _both_have(here: Heard, there: Heard, story: Sequence[object]) -> None:
    wanted = {getattr(message, "id", "") for message in story}
    await here.until(lambda: wanted <= {*here.ids, *there.ids})


async def test_a_handler_slower_than_the_patience_with_silent_members_keeps_what_it_has(
    broker: ClosableBroker, topic: str
) -> None:
    heard = Heard()
    subscription = await broker.subscribe(topic, "stock", heard, SubscribeOptions(batch=3))
    await publish_all(broker, a_story(topic, 1, 3))
    await heard.has(["ord_0:1"])
    heard.gate.clear()
    heard.entered.clear()
    await publish_all(broker, a_story(topic, 1, 3, first=4))
    await asyncio.wait_for(heard.entered.wait(), 10)

    await asyncio.sleep(6)  # leases, sessions and heartbeats of the suite end after 1.5 to 4 seconds
    heard.gate.set()
    await publish_all(broker, a_story(topic, 1, 3, first=7))

    await heard.has(["ord_0:9"])
    await subscription.unsubscribe()
    assert heard.ids == [f"ord_0:{number}" for number in range(1, 10)]
