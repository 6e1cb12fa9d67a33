"""What every broker promises a group of listeners."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from domain.errors import InvalidValueError
from domain.ports.brokers import Delivery, SubscribeOptions
from tests.support.brokers import (
    QUICK,
    SOON,
    BrokerWorld,
    ClosableBroker,
    Heard,
    a_message,
    a_story,
    firsts_by_key,
    fresh_topic,
    publish_all,
    soon,
)

KEYS = 12


async def test_messages_of_a_key_come_in_the_order_in_which_they_were_sent(
    broker: ClosableBroker, topic: str
) -> None:
    story = a_story(topic, KEYS, 40)
    heard = Heard()
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)

    await publish_all(broker, story)

    await heard.has(message.id for message in story)
    await subscription.unsubscribe()
    assert len(heard.handled) == len(story)
    assert firsts_by_key(heard.handled) == {f"ord_{key}": list(range(1, 41)) for key in range(KEYS)}


async def test_a_batch_is_no_larger_than_asked_for(broker: ClosableBroker, topic: str) -> None:
    story = a_story(topic, 2, 30)
    await publish_all(broker, story)
    heard = Heard()

    subscription = await broker.subscribe(topic, "stock", heard, SubscribeOptions(batch=7))

    await heard.has(message.id for message in story)
    await subscription.unsubscribe()
    assert max(len(batch) for batch in heard.batches) <= 7


async def test_a_new_group_begins_with_the_oldest_and_every_group_hears_everything(
    broker: ClosableBroker, topic: str
) -> None:
    early, late = Heard(), Heard()
    story = a_story(topic, 3, 10)
    first = await broker.subscribe(topic, "stock", early, QUICK)
    await publish_all(broker, story)
    await early.has(message.id for message in story)

    second = await broker.subscribe(topic, "notices", late, QUICK)

    await late.has(message.id for message in story)
    await first.unsubscribe()
    await second.unsubscribe()
    assert len(early.handled) == len(late.handled) == len(story)


async def test_a_group_goes_on_where_it_stopped(broker: ClosableBroker, topic: str) -> None:
    before, after = Heard(), Heard()
    await publish_all(broker, a_story(topic, 3, 10))
    subscription = await broker.subscribe(topic, "stock", before, QUICK)
    await before.has(message.id for message in a_story(topic, 3, 10))
    await subscription.unsubscribe()
    later = a_story(topic, 3, 10, first=11)
    await publish_all(broker, later)

    again = await broker.subscribe(topic, "stock", after, QUICK)

    await after.has(message.id for message in later)
    await again.unsubscribe()
    assert firsts_by_key(after.handled) == {f"ord_{key}": list(range(11, 21)) for key in range(3)}


async def test_a_topic_keeps_the_partitions_that_it_was_made_with(
    broker: ClosableBroker, topic: str, world: BrokerWorld
) -> None:
    other = world.connect(partitions=7)
    heard = Heard()
    await other.ensure_topics([topic])
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)

    for number in range(1, 6):
        sender = other if number % 2 else broker
        await publish_all(sender, a_story(topic, KEYS, 1, first=number))

    await heard.has(message.id for message in a_story(topic, KEYS, 5))
    await subscription.unsubscribe()
    await other.close()
    assert firsts_by_key(heard.handled) == {f"ord_{key}": [1, 2, 3, 4, 5] for key in range(KEYS)}


async def test_what_a_handler_refused_comes_again_before_anything_later_of_its_key(
    broker: ClosableBroker, topic: str
) -> None:
    failures = 3

    def fails(batch: Sequence[Delivery]) -> bool:
        nonlocal failures
        if failures and any(one.message.id == "ord_1:5" for one in batch):
            failures -= 1
            return True
        return False

    heard = Heard(fails)
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)
    story = a_story(topic, 4, 12)

    await publish_all(broker, story)

    await heard.has(message.id for message in story)
    await subscription.unsubscribe()
    assert failures == 0
    assert firsts_by_key(heard.handled) == {f"ord_{key}": list(range(1, 13)) for key in range(4)}
    tries = [one for one in heard.attempts if one.message.id == "ord_1:5"]
    assert [one.redelivered for one in tries] == [False, True, True, True]


async def test_other_keys_go_on_while_one_stands_still(broker: ClosableBroker, topic: str) -> None:
    heard = Heard(lambda batch: any(one.message.key == "ord_0" for one in batch))
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)

    await publish_all(broker, a_story(topic, KEYS, 6))

    def gone_on() -> set[str]:
        return {key for key, numbers in firsts_by_key(heard.handled).items() if numbers == [1, 2, 3, 4, 5, 6]}

    await heard.until(lambda: len(gone_on()) >= 3)  # those that share no partition with the one that stands
    await subscription.unsubscribe()
    assert "ord_0" not in firsts_by_key(heard.handled)


async def test_a_slow_group_holds_nobody_up_and_loses_nothing(broker: ClosableBroker, topic: str) -> None:
    slow, quick = Heard(), Heard()
    slow.gate.clear()
    options = SubscribeOptions(batch=5, in_flight=10)
    subscriptions = [
        await broker.subscribe(topic, "slow", slow, options),
        await broker.subscribe(topic, "quick", quick, QUICK),
    ]
    story = a_story(topic, 5, 200)

    await publish_all(broker, story)
    await quick.has(message.id for message in story)

    assert len(slow.attempts) <= 5
    slow.gate.set()
    await slow.has(message.id for message in story)
    for subscription in subscriptions:
        await subscription.unsubscribe()
    assert firsts_by_key(slow.handled) == {f"ord_{key}": list(range(1, 201)) for key in range(5)}


async def test_a_group_may_listen_again_after_it_has_fallen_asleep(
    broker: ClosableBroker, topic: str
) -> None:
    heard = Heard()
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)
    await publish_all(broker, [a_message(topic, "ord_1", 1)])
    await heard.has(["ord_1:1"])
    await asyncio.sleep(0.5)  # longer than one wait for news

    await publish_all(broker, [a_message(topic, "ord_1", 2)])

    await heard.has(["ord_1:2"], timedelta(seconds=5))
    await subscription.unsubscribe()


async def test_after_unsubscribing_nothing_is_handled_and_nothing_is_left_behind(
    broker: ClosableBroker, topic: str
) -> None:
    await broker.publish_batch(a_story(topic, 1, 1), SOON)
    before = asyncio.all_tasks()
    heard, next_one = Heard(), Heard()
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)
    await heard.has(["ord_0:1"])

    await subscription.unsubscribe()
    await subscription.unsubscribe()

    await soon(lambda: asyncio.all_tasks() <= before)
    await publish_all(broker, a_story(topic, 3, 3, first=2))
    assert heard.ids == ["ord_0:1"]
    again = await broker.subscribe(topic, "stock", next_one, QUICK)
    await next_one.has(message.id for message in a_story(topic, 3, 3, first=2))
    await again.unsubscribe()
    assert "ord_0:1" not in next_one.ids


async def test_deliveries_in_hand_are_finished_when_a_subscription_ends(
    broker: ClosableBroker, topic: str
) -> None:
    heard, next_one = Heard(), Heard()
    heard.gate.clear()
    subscription = await broker.subscribe(topic, "stock", heard, SubscribeOptions(batch=2))
    await publish_all(broker, a_story(topic, 1, 6))
    await asyncio.wait_for(heard.entered.wait(), 10)

    ending = asyncio.create_task(subscription.unsubscribe())
    await asyncio.sleep(0)
    heard.gate.set()
    await ending

    finished = list(heard.ids)
    assert finished == [f"ord_0:{number}" for number in range(1, len(finished) + 1)]
    assert 0 < len(finished) <= 2
    again = await broker.subscribe(topic, "stock", next_one, QUICK)
    rest = [f"ord_0:{number}" for number in range(len(finished) + 1, 7)]
    await next_one.has(rest)
    await again.unsubscribe()
    assert next_one.ids == rest


async def test_a_topic_that_is_made_after_somebody_listens_is_heard(broker: ClosableBroker) -> None:
    topic, heard = fresh_topic(), Heard()
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)
    await asyncio.sleep(0.5)

    await broker.ensure_topics([topic])
    await publish_all(broker, a_story(topic, 2, 2))

    await heard.has(message.id for message in a_story(topic, 2, 2))
    await subscription.unsubscribe()


async def test_a_running_subscription_has_not_failed(broker: ClosableBroker, topic: str) -> None:
    subscription = await broker.subscribe(topic, "stock", Heard(), QUICK)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(subscription.failure(), 0.2)

    await subscription.unsubscribe()


@pytest.mark.parametrize("name", ["", "Upper", "a b", "ü", "x" * 101, "-first"])
async def test_a_name_that_some_broker_would_not_take_is_refused_by_all(
    broker: ClosableBroker, topic: str, name: str
) -> None:
    with pytest.raises(InvalidValueError):
        await broker.ensure_topics([name])
    with pytest.raises(InvalidValueError):
        await broker.subscribe(topic, name, Heard())
