"""The past of a long stream on real stores: kept now and then, told at every version and at every moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from activities.histories import Histories
from adapters.postgres.aggregate_snapshots import PostgresAggregateSnapshots
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.pool import open_pool
from adapters.sqlite.aggregate_snapshots import SqliteAggregateSnapshots
from adapters.sqlite.connection import open_database
from adapters.sqlite.events import SqliteEventStore
from domain.events import EventMetadata, StoredEvent
from domain.history.aggregates import PROPOSAL
from domain.history.errors import NotYetThereError
from domain.ports.events import EventStore
from domain.review.encoding import encode
from domain.review.proposal import PriceProposal, fold
from tests.support.proposals import ProposalStory, a_proposal, some_prices

STREAM = "price:prp_1"
EDITS = 249
STEP = 25  # so many edits in one append, which the store takes in together


class Watched:
    """A store that remembers after which version it was read, and how many events it gave."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.after: list[int] = []
        self.given = 0
        self.append, self.head = store.append, store.head

    async def read(self, stream_id: str, *, after: int = 0, limit: int = 10_000) -> Sequence[StoredEvent]:
        events = await self._store.read(stream_id, after=after, limit=limit)
        self.after.append(after)
        self.given += len(events)
        return events


@asynccontextmanager
async def on_postgres(url: str) -> AsyncIterator[Histories[PriceProposal]]:
    pool = await open_pool(url, application="test")
    yield Histories(PROPOSAL, Watched(PostgresEventStore(pool)), PostgresAggregateSnapshots(pool))
    await pool.close()


@asynccontextmanager
async def in_sqlite(path: Path) -> AsyncIterator[Histories[PriceProposal]]:
    async with open_database(path) as database:
        yield Histories(PROPOSAL, Watched(SqliteEventStore(database)), SqliteAggregateSnapshots(database))


@pytest.fixture(params=["postgres", "sqlite"])
async def histories(request: pytest.FixtureRequest) -> AsyncIterator[Histories[PriceProposal]]:
    if request.param == "sqlite":
        opened = in_sqlite(request.getfixturevalue("tmp_path") / "events.db")
    else:
        opened = on_postgres(request.getfixturevalue("fresh_database"))
    async with opened as found:
        yield found


@pytest.fixture
async def story(histories: Histories[PriceProposal]) -> ProposalStory:
    """A proposal that was edited again and again; whoever read it has kept what was worth it."""
    told = a_proposal()
    for number in range(EDITS):
        told.edited(some_prices(700 + number))
    records = [encode(event) for event in told.events]
    for begin in range(0, len(records), STEP):
        batch = records[begin : begin + STEP]
        await histories.events.append(STREAM, begin, f"edits {begin}", batch, EventMetadata())
        read = await histories.current(STREAM)
        assert read is not None
        if histories.is_worth_keeping(read):
            await histories.keep(read)
    return told


async def test_a_long_stream_is_kept_every_hundred_events_and_read_from_there(
    histories: Histories[PriceProposal], story: ProposalStory
) -> None:
    store = histories.events
    assert isinstance(store, Watched)
    kept = [snapshot.version for snapshot in await histories.snapshots.page()]
    store.after.clear()
    store.given = 0

    told = await histories.current(STREAM)

    assert told is not None
    assert told.state == story.proposal
    assert kept == [100, 200]
    # A few events first, which are all that most streams have; then only what came after the snapshot.
    few = histories.short
    assert (store.after, store.given) == ([0, 200], few + EDITS + 1 - 200)


@pytest.mark.parametrize("version", [1, 99, 100, 101, 199, 200, 201, EDITS + 1])
async def test_every_version_is_told_with_snapshots_and_without(
    histories: Histories[PriceProposal], story: ProposalStory, version: int
) -> None:
    expected = fold(story.events[:version])

    with_snapshots = await histories.at_version(STREAM, version)
    await histories.snapshots.drop()
    without = await histories.at_version(STREAM, version)

    assert with_snapshots is not None
    assert without is not None
    assert with_snapshots.state == without.state == expected


async def test_what_was_known_when_each_event_came_is_told_with_snapshots_and_without(
    histories: Histories[PriceProposal], story: ProposalStory
) -> None:
    events = await histories.events.read(STREAM)
    moments = sorted({event.recorded_at for event in events})
    known = [await histories.at_time(STREAM, moment) for moment in moments]

    await histories.snapshots.drop()

    for moment, told in zip(moments, known, strict=True):
        again = await histories.at_time(STREAM, moment)
        assert told is not None
        assert again is not None
        assert told.state == again.state == fold(story.events[: told.version])
        assert told.recorded_at >= moment
    with pytest.raises(NotYetThereError):
        await histories.at_time(STREAM, moments[0].replace(year=2001))


async def test_what_was_kept_tells_the_truth(
    histories: Histories[PriceProposal], story: ProposalStory
) -> None:
    assert [await histories.problem_of(kept) for kept in await histories.snapshots.page()] == [None, None]
