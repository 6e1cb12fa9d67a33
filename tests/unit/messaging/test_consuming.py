"""A consumer over the memory broker: retries, parking, gaps, the poison topic, outages, its pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from adapters.brokers.memory.broker import MemoryBroker
from adapters.memory.notices import MemoryNotices
from domain.cloud_event import UnreadableMessageError
from domain.ports.brokers import Delivery, Message, SubscribeOptions
from domain.ports.consumption import HeardEvent
from ops.messaging.consuming import ConsumerPorts, EventConsumer, RetryPolicy
from ops.messaging.forwarding import AT_ONCE, forward
from ops.messaging.throttle import Throttle
from tests.support.heard_events import Books, a_message, hear

SECOND = timedelta(seconds=1)
TOPIC = "order-events"


def strictly(message: Message) -> HeardEvent:
    if message.headers.get("ce-id") != message.id:
        raise UnreadableMessageError(attribute="id", rule="agrees with the rest")
    return hear(message)


@dataclass
class World:
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    books: Books = field(default_factory=Books)
    notices: MemoryNotices = field(default_factory=MemoryNotices)
    pauses: list[float] = field(default_factory=list)
    heals: set[str] = field(default_factory=set)  # what is good again after the first pause

    def consumer(self, **options) -> EventConsumer:
        async def sleep(seconds: float) -> None:
            self.pauses.append(seconds)
            self.books.bad -= self.heals

        ports = ConsumerPorts(self.broker, self.books.consumption, self.notices)
        return EventConsumer(
            "counting",
            TOPIC,
            strictly,
            ports,
            retries=RetryPolicy(tries=3, first=timedelta(milliseconds=100)),
            options=SubscribeOptions(batch=10, redeliver_after=timedelta(milliseconds=5)),
            sleep=sleep,
            **options,
        )

    async def publish(self, *messages: Message) -> None:
        await self.broker.ensure_topics([TOPIC])
        assert await self.broker.publish_batch(messages, SECOND) == len(messages)

    async def poisoned(self) -> list[Message]:
        """What stands in the poison topic."""
        found: list[Message] = []

        async def read(deliveries: Sequence[Delivery]) -> None:
            found.extend(each.message for each in deliveries)

        subscription = await self.broker.subscribe(f"{TOPIC}.poison", "people", read)
        await asyncio.sleep(0.05)
        await subscription.unsubscribe()
        return found


@asynccontextmanager
async def running(consumer: EventConsumer) -> AsyncIterator[None]:
    task = asyncio.create_task(consumer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def counted(world: World, wanted: dict[str, int]) -> None:
    for _ in range(2_000):
        if await world.books.counts() == wanted:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(await world.books.counts())


def deliveries(*messages: Message) -> list[Delivery]:
    return [Delivery(message, f"test/{number}") for number, message in enumerate(messages)]


async def test_events_are_taken_once_though_the_broker_brings_them_twice():
    world = World()
    await world.publish(
        *(a_message("ord_1", n) for n in (1, 2, 3)), *(a_message("ord_1", n) for n in (2, 3, 4))
    )

    async with running(world.consumer()):
        await counted(world, {"ord_1": 4})


async def test_what_fails_for_a_moment_is_tried_again_in_place():
    world = World()
    world.books.bad = world.heals = {"ord_1:2"}
    consumer = world.consumer()

    await consumer.handle(deliveries(a_message("ord_1", 1), a_message("ord_1", 2)))

    assert world.pauses == [0.1]
    assert (consumer.applied, await world.books.parked()) == (2, [])


async def test_what_is_parked_is_forwarded_a_few_at_a_time_until_nothing_waits(monkeypatch):
    world = World()
    await world.broker.ensure_topics([TOPIC])
    messages = [a_message("ord_1", number) for number in range(1, 2 * AT_ONCE + 4)]
    for message in messages:
        await world.books.consumption.set_aside(message, "nobody can take it")
    asked = []
    to_forward = world.books.consumption.to_forward

    async def counted(limit: int = 100):
        asked.append(limit)
        return await to_forward(limit)

    monkeypatch.setattr(world.books.consumption, "to_forward", counted)

    assert await forward(world.broker, world.books.consumption) == len(messages)

    assert [each.id for each in await world.poisoned()] == [each.id for each in messages]
    assert set(asked) == {AT_ONCE}


async def test_what_fails_every_time_is_parked_with_the_later_ones_of_its_key_and_people_hear_of_it():
    world = World()
    world.books.bad = {"ord_1:1"}
    messages = [a_message("ord_1", 1), a_message("ord_1", 2), a_message("ord_2", 1)]

    async with running(world.consumer()):
        await world.publish(*messages)
        await counted(world, {"ord_2": 1})
        await world.publish(a_message("ord_2", 2), a_message("ord_1", 3))
        await counted(world, {"ord_2": 2})
        for _ in range(400):
            if not await world.books.consumption.to_forward():
                break
            await asyncio.sleep(0.01)

    assert world.pauses[:2] == [0.1, 0.2]
    assert await world.books.parked() == ["ord_1:1", "ord_1:2", "ord_1:3"]
    assert [each.id for each in await world.poisoned()] == ["ord_1:1", "ord_1:2", "ord_1:3"]
    alerts = await world.notices.alerts(9)
    assert {(alert.code, alert.order_id) for alert in alerts} == {("consumer_parked", "ord_1")}


async def test_a_message_that_cannot_be_read_stands_aside_and_holds_up_nobody():
    world = World()
    forged = replace(a_message("ord_1", 2), headers={})

    await world.consumer().handle(deliveries(a_message("ord_1", 1), forged, a_message("ord_1", 2)))

    assert await world.books.counts() == {"ord_1": 2}
    assert [each.error for each in await world.books.consumption.parked()] != []
    assert {alert.code for alert in await world.notices.alerts(9)} == {"message_unreadable"}


async def test_a_missing_version_is_noticed_at_once_and_closes_the_gap_when_it_comes():
    world = World()
    consumer = world.consumer()

    await consumer.handle(deliveries(a_message("ord_1", 1), a_message("ord_1", 3)))
    (alert,) = await world.notices.alerts(9)
    assert ("error", "version 2 is missing") in alert.facts

    await consumer.handle(deliveries(a_message("ord_1", 2)))
    assert await world.books.counts() == {"ord_1": 3}
    assert await world.books.parked() == []


async def test_while_the_books_are_away_nothing_is_parked_and_all_of_it_comes_again():
    world = World()
    away = [OSError("gone"), OSError("gone"), OSError("gone"), OSError("gone")]
    take = world.books.consumption.take

    async def take_or_fail(events, *, park):
        if away:
            raise away.pop()
        return await take(events, park=park)

    world.books.consumption.take = take_or_fail  # type: ignore[method-assign]
    await world.publish(a_message("ord_1", 1), a_message("ord_1", 2))

    async with running(world.consumer()):
        await counted(world, {"ord_1": 2})

    assert await world.books.parked() == []
    assert await world.notices.alerts(9) == ()


async def test_a_batch_waits_until_the_former_one_has_had_its_time():
    now, slept = [100.0], []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    throttle = Throttle(50, lambda: now[0], sleep)
    for size in (10, 10, 5):
        await throttle.turn(size)
    now[0] += 10
    await throttle.turn(10)

    assert slept == [0.2, 0.2]


async def test_without_a_bound_nobody_waits():
    world = World()
    consumer = world.consumer(throttle=Throttle())

    await consumer.handle(deliveries(*(a_message("ord_1", n) for n in range(1, 10))))

    assert consumer.applied == 9
