"""What only the broker in memory promises: a bounded buffer by a stated policy, and threads."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from datetime import timedelta

import pytest

from adapters.brokers.acceptance import partition_of
from adapters.brokers.memory import MemoryBroker, WhenFull
from domain.errors import InvalidValueError
from domain.ports.brokers import BrokerUnavailableError, SubscribeOptions
from tests.support.brokers import QUICK, SOON, Heard, a_message, a_story, firsts_by_key, publish_all, soon

TOPIC = "order-events"
AT_ONCE = timedelta(milliseconds=50)


async def _with_a_slow_group(when_full: WhenFull) -> tuple[MemoryBroker, Heard]:
    """A buffer of ten, of which one message is in the hands of a group that does not go on."""
    broker = MemoryBroker(partitions=1, capacity=10, when_full=when_full)
    await broker.ensure_topics([TOPIC])
    slow = Heard()
    slow.gate.clear()
    await broker.subscribe(TOPIC, "slow", slow, SubscribeOptions(batch=1))
    await broker.publish_batch([a_message(TOPIC, "ord_1", 1)], SOON)
    await slow.entered.wait()
    return broker, slow


async def test_a_publisher_waits_for_a_slow_group_and_tells_how_far_it_came() -> None:
    broker, slow = await _with_a_slow_group(WhenFull.BLOCK)

    assert await broker.publish_batch(a_story(TOPIC, 1, 20), AT_ONCE) == 9
    with pytest.raises(BrokerUnavailableError):
        await broker.publish_batch(a_story(TOPIC, 1, 1), AT_ONCE)

    assert (broker.waiting(TOPIC, "slow"), broker.dropped(TOPIC, "slow")) == (10, 0)
    slow.gate.set()
    await slow.until(lambda: len(slow.handled) == 10)
    assert broker.waiting(TOPIC, "slow") == 0
    await broker.close()


async def test_a_waiting_publisher_goes_on_as_soon_as_there_is_room() -> None:
    broker, slow = await _with_a_slow_group(WhenFull.BLOCK)
    sending = asyncio.create_task(broker.publish_batch(a_story(TOPIC, 1, 30, first=2), SOON))
    await asyncio.sleep(0)

    slow.gate.set()

    assert await sending == 30
    await slow.until(lambda: len(slow.handled) == 31)
    assert firsts_by_key(slow.handled) == {"ord_1": [1], "ord_0": list(range(2, 32))}
    await broker.close()


async def test_the_oldest_are_dropped_for_a_slow_group_but_never_those_in_hand() -> None:
    broker, slow = await _with_a_slow_group(WhenFull.DROP_OLDEST)

    assert await broker.publish_batch(a_story(TOPIC, 1, 20), AT_ONCE) == 20

    slow.gate.set()
    await slow.has(["ord_0:20"])
    assert slow.ids == ["ord_1:1", *(f"ord_0:{number}" for number in range(12, 21))]
    assert broker.dropped(TOPIC, "slow") == 11
    await broker.close()


async def test_the_newest_are_dropped_for_a_slow_group() -> None:
    broker, slow = await _with_a_slow_group(WhenFull.DROP_NEWEST)

    assert await broker.publish_batch(a_story(TOPIC, 1, 20), AT_ONCE) == 20

    slow.gate.set()
    await slow.has(["ord_0:9"])
    assert slow.ids == ["ord_1:1", *(f"ord_0:{number}" for number in range(1, 10))]
    assert broker.dropped(TOPIC, "slow") == 11
    await broker.close()


async def test_a_buffer_wholly_in_hand_drops_the_new_one() -> None:
    broker = MemoryBroker(partitions=1, capacity=2, when_full=WhenFull.DROP_OLDEST)
    await broker.ensure_topics([TOPIC])
    slow = Heard()
    slow.gate.clear()
    await broker.publish_batch(a_story(TOPIC, 1, 2), SOON)
    await broker.subscribe(TOPIC, "slow", slow, QUICK)
    await slow.entered.wait()

    await broker.publish_batch(a_story(TOPIC, 1, 1, first=3), SOON)

    slow.gate.set()
    await slow.has(["ord_0:2"])
    await broker.close()
    assert (slow.ids, broker.dropped(TOPIC, "slow")) == (["ord_0:1", "ord_0:2"], 1)


async def test_a_slow_group_costs_the_others_nothing() -> None:
    broker, slow = await _with_a_slow_group(WhenFull.DROP_OLDEST)
    quick = Heard()
    await broker.subscribe(TOPIC, "quick", quick, QUICK)

    for number in range(1, 101):
        await broker.publish_batch([a_message(TOPIC, "ord_0", number)], SOON)
        await quick.has([f"ord_0:{number}"])

    slow.gate.set()
    await broker.close()
    assert (broker.dropped(TOPIC, "quick"), broker.dropped(TOPIC, "slow")) == (0, 91)


async def test_a_group_without_members_keeps_its_place_until_it_is_forgotten() -> None:
    broker = MemoryBroker(capacity=5)
    await broker.ensure_topics([TOPIC])
    subscription = await broker.subscribe(TOPIC, "stock", Heard(), QUICK)
    with pytest.raises(InvalidValueError):
        broker.forget(TOPIC, "stock")
    await subscription.unsubscribe()

    assert await broker.publish_batch(a_story(TOPIC, 1, 9), AT_ONCE) == 5
    broker.forget(TOPIC, "stock")

    assert await broker.publish_batch(a_story(TOPIC, 1, 9), AT_ONCE) == 9


async def test_a_new_group_begins_with_what_is_kept() -> None:
    broker = MemoryBroker(capacity=5)
    await broker.ensure_topics([TOPIC])
    await broker.publish_batch(a_story(TOPIC, 1, 9), SOON)
    heard = Heard()

    await broker.subscribe(TOPIC, "stock", heard, QUICK)

    await heard.has(["ord_0:9"])
    await broker.close()
    assert heard.ids == [f"ord_0:{number}" for number in range(5, 10)]


async def test_a_buffer_is_full_by_bytes_as_well() -> None:
    broker = MemoryBroker(capacity_bytes=25)
    await broker.ensure_topics([TOPIC])
    story = [a_message(TOPIC, "ord_0", number, b"x" * 10) for number in range(1, 9)]
    await broker.publish_batch(story[:4], SOON)
    heard = Heard()
    heard.gate.clear()
    await broker.subscribe(TOPIC, "stock", heard, QUICK)

    assert await broker.publish_batch(story[4:], AT_ONCE) == 1
    heard.gate.set()
    await heard.has(["ord_0:5"])
    assert await broker.publish_batch(story[5:], SOON) == 3

    await heard.has(["ord_0:8"])
    await broker.close()
    assert heard.ids == [f"ord_0:{number}" for number in range(3, 9)]


async def test_as_many_of_the_oldest_are_dropped_as_a_large_message_needs() -> None:
    broker = MemoryBroker(capacity_bytes=25, when_full=WhenFull.DROP_OLDEST)
    await broker.ensure_topics([TOPIC])
    heard = Heard()
    await (await broker.subscribe(TOPIC, "stock", heard, QUICK)).unsubscribe()

    for number, size in enumerate([10, 10, 10, 1_000, 10], start=1):
        await broker.publish_batch([a_message(TOPIC, "ord_0", number, b"x" * size)], SOON)

    assert (broker.waiting(TOPIC, "stock"), broker.dropped(TOPIC, "stock")) == (1, 4)
    await broker.subscribe(TOPIC, "stock", heard, QUICK)
    await heard.has(["ord_0:5"])
    await broker.close()
    assert heard.ids == ["ord_0:5"]


async def test_unsubscribing_lets_go_of_the_handler() -> None:
    broker = MemoryBroker()
    heard = Heard()
    gone = weakref.ref(heard)
    subscription = await broker.subscribe(TOPIC, "stock", heard, QUICK)

    await subscription.unsubscribe()

    del heard, subscription
    await soon(lambda: gc.collect() >= 0 and gone() is None)


async def test_a_handler_that_never_ends_is_cut_and_its_deliveries_are_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adapters.brokers.finishing.PATIENCE_SECONDS", 0.05)
    broker, _stuck = await _with_a_slow_group(WhenFull.BLOCK)
    await broker.close()
    heard = Heard()

    await broker.subscribe(TOPIC, "slow", heard, QUICK)

    await heard.has(["ord_1:1"])
    await broker.close()
    assert heard.handled[0].redelivered


async def test_threads_with_loops_of_their_own_publish_and_listen_together() -> None:
    broker = MemoryBroker(capacity=50)
    await broker.ensure_topics([TOPIC])
    heard = Heard()
    await broker.subscribe(TOPIC, "here", heard, QUICK)
    elsewhere: list[str] = []
    listening = threading.Event()

    def sends(key: str) -> None:
        story = [a_message(TOPIC, key, number) for number in range(1, 201)]
        listening.wait()  # a group that came later would begin with the fifty that are kept
        asyncio.run(publish_all(broker, story))

    def listens() -> None:
        async def until_all() -> None:
            there = Heard()
            subscription = await broker.subscribe(TOPIC, "there", there, QUICK)
            listening.set()
            await there.until(lambda: len(there.handled) == 600)
            await subscription.unsubscribe()
            elsewhere.extend(there.ids)

        asyncio.run(until_all())

    threads = [threading.Thread(target=sends, args=(f"ord_{key}",)) for key in range(3)]
    threads.append(threading.Thread(target=listens))
    for thread in threads:
        thread.start()

    await heard.until(lambda: len(heard.handled) == 600)
    for thread in threads:
        await asyncio.to_thread(thread.join)
    await broker.close()
    assert firsts_by_key(heard.handled) == {f"ord_{key}": list(range(1, 201)) for key in range(3)}
    assert len(set(elsewhere)) == 600


@pytest.mark.parametrize("bad", [{"partitions": 0}, {"capacity": 0}, {"capacity_bytes": 0}])
def test_a_buffer_has_room_for_something(bad: dict[str, int]) -> None:
    with pytest.raises(InvalidValueError):
        MemoryBroker(**bad)  # type: ignore[arg-type]


async def test_what_is_in_hand_is_not_given_to_a_member_that_joins() -> None:
    broker = MemoryBroker(partitions=2)
    await broker.ensure_topics([TOPIC])
    first, second = Heard(), Heard()
    first.gate.clear()
    moving = next(key for key in (f"ord_{number}" for number in range(9)) if partition_of(key, 2) == 1)
    await broker.publish_batch([a_message(TOPIC, moving, number) for number in (1, 2, 3)], SOON)
    await broker.subscribe(TOPIC, "stock", first, SubscribeOptions(batch=1))
    await first.entered.wait()

    await broker.subscribe(TOPIC, "stock", second, QUICK)
    await asyncio.sleep(0.05)  # time enough to take what must not be taken

    assert second.attempts == []
    first.gate.set()
    await second.has([f"{moving}:3"])
    await broker.close()
    assert (first.ids, second.ids) == ([f"{moving}:1"], [f"{moving}:2", f"{moving}:3"])
