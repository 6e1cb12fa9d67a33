"""All events of all streams, once, by position, each stream in order, and final when they are seen."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest

from domain.ports.events import VersionConflictError
from tests.contract.event_store.shelf import Shelf, happened


async def test_the_feed_gives_every_event_once_by_position(shelf: Shelf) -> None:
    """pyeventsourcing, application recorder: select notifications."""
    start = (await shelf.append(happened())).positions[0]
    for version in range(1, 8):
        await shelf.append(happened("PaymentFailed"), after=version, key=f"fail-{version}")

    found = await shelf.feed_from(start - 1, limit=3)

    positions = [event.position for event in found]
    assert positions == sorted(set(positions))
    assert [event.version for event in found if event.stream_id == shelf.stream] == list(range(1, 9))


async def test_a_feed_page_ends_at_its_limit_and_says_how_far_it_went(shelf: Shelf) -> None:
    """pyeventsourcing, application recorder: the limit of a selection of notifications."""
    answer = await shelf.append(*(happened(n=number) for number in range(5)))
    before = answer.positions[0] - 1

    page = await shelf.feed.after(before, 2)

    assert [event.position for event in page.events] == list(answer.positions[:2])
    assert page.frontier == answer.positions[1]


async def test_at_its_end_the_feed_is_empty_and_stays_where_it_was(shelf: Shelf) -> None:
    """Marten, high-water mark: looking again without new events moves nothing."""
    end = (await shelf.append(happened())).positions[-1]

    for _ in range(2):
        page = await shelf.feed.after(end, 10)
        assert (page.events, page.frontier) == ((), end)


async def test_a_reader_at_the_end_sees_what_comes_later_and_only_that(shelf: Shelf) -> None:
    """Emmett, consumer: handles only events after the given global position."""
    end = (await shelf.append(happened())).positions[-1]
    assert await shelf.feed_from(end) == []

    other = shelf.another()
    await other.append(happened("OrderCreated"), happened("PaymentRequested"))

    found = [(event.stream_id, event.version) for event in await shelf.feed_from(end)]
    assert found == [(other.stream, 1), (other.stream, 2)]


async def test_a_reader_that_was_away_goes_on_where_it_was(shelf: Shelf) -> None:
    """Emmett, consumer: a restarted consumer goes on from its stored checkpoint."""
    answer = await shelf.append(*(happened(n=number) for number in range(4)))
    seen = await shelf.feed.after(answer.positions[0] - 1, 3)

    await shelf.append(happened(n=4), after=4, key="later")

    rest = await shelf.feed_from(seen.frontier)
    own = [event.data["n"] for event in (*seen.events, *rest) if event.stream_id == shelf.stream]
    assert own == [0, 1, 2, 3, 4]


async def test_a_reader_may_begin_again_and_sees_the_same(shelf: Shelf) -> None:
    """Marten, rebuild: a projection that starts over reads what it read before."""
    start = (await shelf.append(happened(), happened("OrderCreated"))).positions[0] - 1

    assert await shelf.feed_from(start) == await shelf.feed_from(start)


@pytest.mark.parametrize("limit", [1, 2, 7, 1_000])
async def test_pages_of_any_size_say_the_same(shelf: Shelf, limit: int) -> None:
    """Marten 9.25: a page's end is never said to be later than what was looked through."""
    start = (await shelf.append(happened())).positions[0] - 1
    for version in range(1, 9):
        await shelf.append(happened(n=version), after=version, key=f"k{version}")

    found = await shelf.feed_from(start, limit)

    assert [event.version for event in found if event.stream_id == shelf.stream] == list(range(1, 10))


async def test_a_refused_append_is_nothing_that_a_reader_waits_for(shelf: Shelf) -> None:
    """Marten, high-water mark: numbers that were never committed do not stall the reader."""
    start = (await shelf.append(happened())).positions[0]
    for attempt in range(3):
        with pytest.raises(VersionConflictError):
            await shelf.append(happened("OrderCreated"), after=7, key=f"create-{attempt}")
    await shelf.append(happened("OrderCreated"), after=1, key="create")

    async with asyncio.timeout(5):
        found = await shelf.feed_from(start)

    assert [(event.stream_id, event.version) for event in found] == [(shelf.stream, 2)]


async def test_a_reader_beside_twelve_writers_misses_nothing(shelf: Shelf) -> None:
    """Emmett 336, Eventuous 222, Protean 1088: a position that commits late is never passed over."""
    start = (await shelf.append(happened())).positions[0]
    shelves = [shelf.another() for _ in range(12)]
    seen: dict[str, list[int]] = defaultdict(list)
    position = start

    async def read() -> int:
        nonlocal position
        page = await shelf.feed.after(position, 50)
        assert page.frontier >= position
        position = page.frontier
        for event in page.events:
            seen[event.stream_id].append(event.version)
        return len(page.events)

    async def write(one: Shelf) -> None:
        for version in range(0, 30, 3):
            await one.append(happened(), happened(), happened(), after=version, key=f"k{version}")

    async with asyncio.timeout(60):
        writing = asyncio.gather(*(write(one) for one in shelves))
        while not writing.done():
            await read()
            await asyncio.sleep(0.001)
        await writing
        while await read():
            pass

    assert {stream: seen[stream] for stream in seen} == {one.stream: list(range(1, 31)) for one in shelves}
