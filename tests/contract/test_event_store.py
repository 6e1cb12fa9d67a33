"""What every event store and its feed promise, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from adapters.memory.events import MemoryEventStore
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.pool import open_pool
from domain.errors import InvalidValueError
from domain.events import EventMetadata, EventRecord, StoredEvent
from domain.ports.events import Appended, CommandKeyReusedError, EventFeed, EventStore, VersionConflictError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = count(1)


@dataclass(frozen=True)
class Shelf:
    """A store, its feed, and a stream that nobody has written to."""

    store: EventStore
    feed: EventFeed
    stream: str

    async def append(
        self, *events: EventRecord, after: int = 0, key: str = "place", metadata: EventMetadata | None = None
    ) -> Appended:
        return await self.store.append(self.stream, after, key, events, metadata or EventMetadata())

    async def feed_from(self, position: int, limit: int = 1_000) -> list[StoredEvent]:
        """All pages until the feed has nothing more to say."""
        found: list[StoredEvent] = []
        while (page := await self.feed.after(position, limit)).events:
            found.extend(page.events)
            position = page.frontier
        return found


@pytest.fixture(params=["memory", "postgres"])
async def shelf(request: pytest.FixtureRequest) -> AsyncIterator[Shelf]:
    stream = f"ord_contract_{next(_numbers)}"
    if request.param == "memory":
        memory = MemoryEventStore()
        yield Shelf(memory, memory, stream)
        return
    pool = await open_pool(request.getfixturevalue("database_url"), application="contract", largest=12)
    try:
        yield Shelf(PostgresEventStore(pool), PostgresEventFeed(pool), stream)
    finally:
        await pool.close()


def happened(what: str = "OrderDrafted", **data: object) -> EventRecord:
    return EventRecord(
        what, 1, data or {"note": "订单", "amount": {"amount": 2**62, "currency": "CNY"}}, NOON
    )


async def test_what_was_appended_is_read_back_in_order_and_unchanged(shelf: Shelf) -> None:
    metadata = EventMetadata(correlation_id="req_1", actor="buyer", workflow_id="order:1", run_id="run-1")

    await shelf.append(happened(), happened("OrderCreated", lines=[1, None, "é"]), metadata=metadata)

    first, second = await shelf.store.read(shelf.stream)
    assert (first.version, second.version) == (1, 2)
    assert second.position > first.position
    assert first.data == {"note": "订单", "amount": {"amount": 2**62, "currency": "CNY"}}
    assert (second.event_type, second.schema_version) == ("OrderCreated", 1)
    assert second.data == {"lines": [1, None, "é"]}
    assert (second.occurred_at, second.command_key, second.metadata) == (NOON, "place", metadata)
    assert second.recorded_at.tzinfo is not None


async def test_an_append_answers_the_new_version_and_the_positions(shelf: Shelf) -> None:
    await shelf.append(happened())

    answer = await shelf.append(happened("PaymentRequested"), happened("PaymentFailed"), after=1, key="pay")

    stored = await shelf.store.read(shelf.stream, after=1)
    assert answer == Appended(3, tuple(event.position for event in stored), repeated=False)


async def test_the_head_is_the_newest_version_and_zero_without_a_stream(shelf: Shelf) -> None:
    assert await shelf.store.head(shelf.stream) == 0

    await shelf.append(happened(), happened("OrderCreated"))

    assert await shelf.store.head(shelf.stream) == 2


async def test_a_read_starts_after_a_version_and_stops_at_its_limit(shelf: Shelf) -> None:
    await shelf.append(*(happened(n=number) for number in range(1, 6)))

    found = await shelf.store.read(shelf.stream, after=1, limit=2)

    assert [event.version for event in found] == [2, 3]


async def test_a_stream_that_nobody_wrote_to_is_empty(shelf: Shelf) -> None:
    assert list(await shelf.store.read(shelf.stream)) == []


async def test_a_repeated_command_writes_nothing_and_gets_the_first_answer(shelf: Shelf) -> None:
    first = await shelf.append(happened(), happened("OrderCreated"))

    again = await shelf.append(happened(), happened("OrderCreated"))

    assert again == replace(first, repeated=True)
    assert await shelf.store.head(shelf.stream) == 2


async def test_a_repeat_is_known_by_its_key_whatever_version_it_expects(shelf: Shelf) -> None:
    first = await shelf.append(happened())
    await shelf.append(happened("OrderCancelled"), after=1, key="cancel")

    again = await shelf.append(happened(), after=2)

    assert again == replace(first, repeated=True)
    assert await shelf.store.head(shelf.stream) == 2


async def test_a_repeat_by_another_run_of_the_workflow_is_still_a_repeat(shelf: Shelf) -> None:
    await shelf.append(happened(), metadata=EventMetadata(run_id="run-1"))

    again = await shelf.append(happened(), metadata=EventMetadata(run_id="run-2"))

    assert again.repeated
    assert [event.metadata.run_id for event in await shelf.store.read(shelf.stream)] == ["run-1"]


async def test_the_order_of_json_keys_does_not_make_other_content(shelf: Shelf) -> None:
    await shelf.append(happened(a=1, b={"x": 1, "y": 2}))

    again = await shelf.append(happened(b={"y": 2, "x": 1}, a=1))

    assert again.repeated


@pytest.mark.parametrize(
    "other",
    [
        [happened(amount=2)],
        [happened("OrderCreated", amount=1)],
        [replace(happened(amount=1), occurred_at=NOON + timedelta(microseconds=1))],
        [replace(happened(amount=1), schema_version=2)],
        [happened(amount=1), happened(amount=1)],
    ],
    ids=["data", "type", "time", "schema", "number"],
)
async def test_the_same_key_with_other_content_is_refused(shelf: Shelf, other: list[EventRecord]) -> None:
    await shelf.append(happened(amount=1))

    with pytest.raises(CommandKeyReusedError):
        await shelf.append(*other)

    assert [event.data for event in await shelf.store.read(shelf.stream)] == [{"amount": 1}]


@pytest.mark.parametrize("expected", [0, 2, 99])
async def test_who_expects_another_version_is_told_the_actual_one(shelf: Shelf, expected: int) -> None:
    await shelf.append(happened())

    with pytest.raises(VersionConflictError) as caught:
        await shelf.append(happened("OrderCreated"), after=expected, key="create")

    assert caught.value.facts == {"stream_id": shelf.stream, "expected": expected, "actual": 1}
    assert await shelf.store.head(shelf.stream) == 1


async def test_a_stream_cannot_begin_in_the_middle(shelf: Shelf) -> None:
    with pytest.raises(VersionConflictError):
        await shelf.append(happened(), after=3)

    assert await shelf.store.head(shelf.stream) == 0


async def test_the_same_key_in_another_stream_is_another_command(shelf: Shelf) -> None:
    await shelf.append(happened())

    other = await replace(shelf, stream=shelf.stream + "_other").append(happened())

    assert not other.repeated


@pytest.mark.parametrize(("key", "events"), [("", [happened()]), ("place", [])])
async def test_an_append_without_key_or_events_is_refused(
    shelf: Shelf, key: str, events: list[EventRecord]
) -> None:
    with pytest.raises(InvalidValueError):
        await shelf.append(*events, key=key)

    assert await shelf.store.head(shelf.stream) == 0


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


async def test_the_feed_gives_every_event_once_by_position(shelf: Shelf) -> None:
    start = (await shelf.append(happened())).positions[0]
    for version in range(1, 8):
        await shelf.append(happened("PaymentFailed"), after=version, key=f"fail-{version}")

    found = await shelf.feed_from(start - 1, limit=3)

    positions = [event.position for event in found]
    assert positions == sorted(set(positions))
    assert [event.version for event in found if event.stream_id == shelf.stream] == list(range(1, 9))


async def test_a_feed_page_ends_at_its_limit_and_says_how_far_it_went(shelf: Shelf) -> None:
    answer = await shelf.append(*(happened(n=number) for number in range(5)))
    before = answer.positions[0] - 1

    page = await shelf.feed.after(before, 2)

    assert [event.position for event in page.events] == list(answer.positions[:2])
    assert page.frontier == answer.positions[1]


async def test_at_its_end_the_feed_is_empty_and_stays_where_it_was(shelf: Shelf) -> None:
    end = (await shelf.append(happened())).positions[-1]

    page = await shelf.feed.after(end, 10)

    assert (page.events, page.frontier) == ((), end)
