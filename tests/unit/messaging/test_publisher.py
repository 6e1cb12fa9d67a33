"""The publisher misses nothing, keeps order within a stream, and nothing stands in the way of the rest."""

from __future__ import annotations

import asyncio
import contextlib
import random
from itertools import pairwise

import pytest

from domain.events import StoredEvent
from domain.ports.brokers import LARGEST_MESSAGE, BrokerUnavailableError
from domain.ports.publications import SHARDS, shard_of
from tests.unit.messaging.publishing import World, steps, until


async def position(world: World) -> int:
    return min(shard.position for shard in await world.publications.status())


async def test_every_event_is_published_once_and_in_order():
    world = World()
    for number in range(30):
        await world.note(f"ord_{number % 7}", number)

    await steps(world.publisher(batch=4, page=9))

    assert len(world.broker.ids) == len(set(world.broker.ids)) == 30
    assert all(
        world.broker.versions(f"ord_{n}") == sorted(world.broker.versions(f"ord_{n}")) for n in range(7)
    )
    assert await position(world) == 30


async def test_nothing_is_marked_that_did_not_arrive():
    world = World()
    await world.note("ord_1", 1, 2, 3, 4)
    world.broker.takes = [2]
    publisher = world.publisher()

    with pytest.raises(BrokerUnavailableError):
        await publisher.step()

    assert world.broker.ids == ["ord_1:1", "ord_1:2"]
    assert await position(world) == 2
    publisher._forget()
    await publisher.step()
    assert world.broker.ids == ["ord_1:1", "ord_1:2", "ord_1:3", "ord_1:4"]


async def test_a_lost_acknowledgement_means_repeats_from_the_first_unmarked_one():
    world = World()
    await world.note("ord_1", 1, 2, 3)
    world.broker.loses_words = 1

    await steps(world.publisher(), times=2)

    assert world.broker.ids == ["ord_1:1", "ord_1:2", "ord_1:3"] * 2


async def test_whatever_fails_no_event_is_missed_and_versions_only_repeat_from_a_mark():
    for seed in range(40):
        chance, world = random.Random(seed), World()
        for number in range(40):
            await world.note(f"ord_{chance.randrange(5)}", number)
        world.broker.takes = [chance.choice([None, 0, 1, 2, 3]) for _ in range(25)]
        world.broker.loses_words = chance.randrange(3)

        await steps(world.publisher(batch=5, page=11), times=90)

        for stream in {f"ord_{n}" for n in range(5)}:
            seen = world.broker.versions(stream)
            head = await world.store.head(stream)
            assert set(seen) == set(range(1, head + 1)), seed
            assert all(later <= before + 1 for before, later in pairwise(seen)), seed


@pytest.mark.parametrize("fault", ["unknown type", "oversize", "contradiction", "refused by the broker"])
async def test_an_event_that_can_never_be_sent_stops_its_stream_and_nothing_else(fault):
    world = World()
    await world.note("ord_bad", 1)
    if fault == "unknown type":
        await world.note("ord_bad", 2, kind="OrderTeleported")
    elif fault == "oversize":
        await world.note("ord_bad", 2, text="x" * LARGEST_MESSAGE)
    else:
        await world.note("ord_bad", 2)
    if fault == "refused by the broker":
        world.broker.refuses = {"ord_bad:2"}
    await world.note("ord_bad", 3)
    await world.note("ord_good", 1, 2)

    def contradiction(event: StoredEvent) -> str | None:
        contradicts = (fault, event.stream_id, event.version) == ("contradiction", "ord_bad", 2)
        return "n is 9" if contradicts else None

    await steps(world.publisher(contradiction=contradiction))

    assert world.broker.versions("ord_bad") == [1]
    assert world.broker.versions("ord_good") == [1, 2]
    assert await position(world) == 5
    (stopped,) = await world.publications.stopped()
    assert (stopped.stream_id, stopped.version) == ("ord_bad", 2)
    (alert,) = await world.notices.alerts(5)
    assert (alert.code, alert.order_id) == ("publication_stopped", "ord_bad")


async def test_an_event_before_the_stop_is_sent_even_if_the_broker_failed_in_between():
    """The mark stays before it, and the stop is known already when it is read again."""
    world = World()
    await world.note("ord_a", 1)
    await world.note("ord_bad", 1)
    await world.note("ord_bad", 2, kind="OrderTeleported")
    world.broker.takes = [0]

    await steps(world.publisher())

    assert world.broker.versions("ord_bad") == [1]
    assert world.broker.versions("ord_a") == [1]


async def test_a_stopped_stream_goes_on_in_order_when_it_is_resumed():
    world = World()
    await world.note("ord_1", 1, 2)
    world.broker.refuses = {"ord_1:2"}
    publisher = world.publisher()
    await steps(publisher, 3)
    await world.note("ord_1", 3)
    await steps(publisher, 3)
    assert world.broker.versions("ord_1") == [1]

    world.broker.refuses = set()
    assert await world.publications.resume("ord_1") == ("ord_1",)
    await world.note("ord_1", 4)
    await steps(publisher, 3)

    assert world.broker.versions("ord_1") == [1, 2, 3, 4]
    assert await world.publications.stopped() == ()


async def test_a_stream_that_is_still_bad_stops_again():
    world = World()
    await world.note("ord_1", 1, 2)
    world.broker.refuses = {"ord_1:2"}
    publisher = world.publisher()
    await steps(publisher, 2)

    await world.publications.resume()
    await steps(publisher, 2)

    (stopped,) = await world.publications.stopped()
    assert (stopped.version, stopped.resuming) == (2, False)


async def test_a_stream_can_be_sent_again_for_consumers_that_have_lost_it():
    world = World()
    await world.note("ord_1", 1, 2, 3)
    publisher = world.publisher()
    await steps(publisher, 2)

    await world.publications.send_again("ord_1", 2)
    await steps(publisher, 2)

    assert world.broker.versions("ord_1") == [1, 2, 3, 2, 3]
    assert world.broker.ids[3:] == ["ord_1:2/again-3", "ord_1:3/again-3"]  # no broker takes them for repeats
    assert await world.publications.stopped() == ()


async def test_what_a_broker_has_lost_is_sent_again_from_a_position_on():
    world = World()
    await world.note("ord_1", 1, 2, 3)
    await world.note("ord_2", 1)
    publisher = world.publisher()
    await steps(publisher, 2)
    world.broker.arrived.clear()

    await world.publications.go_back(1)
    await world.note("ord_1", 4)
    await steps(publisher, 3)

    assert world.broker.versions("ord_1") == [2, 3, 4]
    assert world.broker.versions("ord_2") == [1]
    assert await position(world) == 5


async def test_topics_that_went_with_the_brokers_data_are_made_again():
    world = World()
    publisher = world.publisher()
    await world.note("ord_1", 1)
    await steps(publisher, 1)
    world.broker.topics.clear()

    await world.note("ord_1", 2)
    await steps(publisher, 1)

    assert world.broker.versions("ord_1") == [1, 2]
    assert await world.publications.stopped() == ()


async def test_streams_that_are_for_nobody_outside_are_passed_over():
    world = World()
    await world.note("scratch:1", 1)
    await world.note("ord_1", 1)

    await steps(world.publisher(), 2)

    assert world.broker.ids == ["ord_1:1"]
    assert await position(world) == 2


async def test_two_publishers_share_the_shards_and_publish_each_event_once():
    world = World()
    first, second = world.publisher(), world.publisher()
    await steps(first, 1)
    for _ in range(3):
        await steps(second, 1)
        await steps(first, 1)
    assert (first.shards, second.shards) == (SHARDS // 2, SHARDS // 2)

    for number in range(40):
        await world.note(f"ord_{number}", 1)
    await steps(first, 2)
    assert len(world.broker.ids) < 40
    await steps(second, 2)

    assert len(world.broker.ids) == len(set(world.broker.ids)) == 40


async def test_a_publisher_that_was_taken_for_dead_marks_nothing():
    world = World()
    stalled = world.publisher()
    await steps(stalled, 1)
    stalled._beat_at = float("inf")  # it believes that it has just claimed
    world.seconds += 10
    successor = world.publisher()
    await world.note("ord_1", 1)
    await steps(successor, 2)

    await world.note("ord_1", 2)
    assert await stalled.step() == 0

    assert await position(world) == 1
    await steps(successor, 2)
    assert world.broker.versions("ord_1") == [1, 1, 2, 2]  # the stalled one repeated, and nobody missed


async def test_what_one_shard_has_behind_it_is_not_sent_again_for_another_that_lags() -> None:
    world = World()
    streams = {shard_of(f"ord_{n}"): f"ord_{n}" for n in range(60)}
    for stream in streams.values():
        await world.note(stream, 1)
    held = await world.publications.claim("former")
    await world.publications.mark([claim for claim in held if claim.shard != 3], 60)
    await world.publications.release("former")

    await steps(world.publisher(), 2)

    assert world.broker.ids == [f"{streams[3]}:1"]


async def test_shards_of_a_dead_publisher_are_taken_over_where_it_was():
    world = World()
    await world.note("ord_1", 1)
    await steps(world.publisher(), 2)
    world.seconds += 10
    await world.note("ord_1", 2)

    await steps(world.publisher(), 2)

    assert world.broker.versions("ord_1") == [1, 2]


async def test_a_publisher_that_is_told_to_stop_gives_its_shards_up_at_once():
    world = World()
    task = asyncio.create_task(world.publisher().run())
    await world.note("ord_1", 1)
    await until(lambda: bool(world.broker.ids))

    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert {shard.owner for shard in await world.publications.status()} == {None}


def test_shards_are_even_and_never_change():
    counts = [0] * SHARDS
    for number in range(8_000):
        counts[shard_of(f"ord_{number}")] += 1

    assert min(counts) > 800
    assert [shard_of(name) for name in ("ord_1", "price:prop_1", "buyer:b-1")] == [3, 3, 0]
