"""Many writers at once: of each command one effect, of each version one winner, of each stream no gap."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from domain.ports.events import Appended, VersionConflictError
from tests.contract.event_store.shelf import Shelf, happened


async def test_ten_writers_of_one_command_write_it_once(shelf: Shelf) -> None:
    answers = await asyncio.gather(*(shelf.append(happened(), happened("OrderCreated")) for _ in range(10)))

    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 9
    assert len({answer.positions for answer in answers}) == 1
    assert await shelf.store.head(shelf.stream) == 2


async def test_of_ten_commands_for_one_version_one_wins(shelf: Shelf) -> None:
    await shelf.append(happened())

    answers = await asyncio.gather(
        *(shelf.append(happened("OrderCancelled", by=n), after=1, key=f"cancel-{n}") for n in range(10)),
        return_exceptions=True,
    )

    assert sum(isinstance(answer, Appended) for answer in answers) == 1
    assert sum(isinstance(answer, VersionConflictError) for answer in answers) == 9
    assert await shelf.store.head(shelf.stream) == 2


async def test_writers_of_different_streams_never_meet(shelf: Shelf) -> None:
    """pyeventsourcing, application recorder: concurrent inserts without conflicts."""
    shelves = [shelf.another() for _ in range(30)]

    answers = await asyncio.gather(*(one.append(happened(), happened("OrderCreated")) for one in shelves))

    positions = [position for answer in answers for position in answer.positions]
    assert len(set(positions)) == 60
    assert all(first < second for first, second in (answer.positions for answer in answers))
    assert [await one.store.head(one.stream) for one in shelves] == [2] * 30


async def test_a_conflict_of_one_does_not_hurt_the_others(shelf: Shelf) -> None:
    shelves = [shelf.another() for _ in range(12)]
    await asyncio.gather(*(one.append(happened()) for one in shelves[:6]))

    answers = await asyncio.gather(
        *(one.append(happened("OrderCreated"), key="create") for one in shelves), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [VersionConflictError] * 6 + [Appended] * 6
    assert [await one.store.head(one.stream) for one in shelves] == [1] * 12


async def test_writers_who_try_again_all_get_through_without_gap_or_double(shelf: Shelf) -> None:
    """pyeventsourcing, application recorder: concurrent throughput, here on one stream."""

    async def writer(number: int) -> None:
        while True:
            head = await shelf.store.head(shelf.stream)
            with suppress(VersionConflictError):
                await shelf.append(happened(by=number), happened(by=number), after=head, key=f"w-{number}")
                return

    async with asyncio.timeout(30):
        await asyncio.gather(*(writer(number) for number in range(12)))

    events = await shelf.read()
    assert [event.version for event in events] == list(range(1, 25))
    assert [event.data["by"] for event in events[::2]] == [event.data["by"] for event in events[1::2]]
    assert sorted(event.position for event in events) == [event.position for event in events]


async def test_a_caller_who_gives_up_leaves_a_whole_append_or_none(shelf: Shelf) -> None:
    """And those who come after it are not held up by what it left behind."""
    doomed = [asyncio.create_task(shelf.append(happened(), happened("B"))) for _ in range(4)]
    for turn, task in enumerate(doomed):
        for _ in range(turn * 2):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*doomed, return_exceptions=True)

    await shelf.append(happened(), happened("B"))

    assert [event.version for event in await shelf.read()] == [1, 2]
