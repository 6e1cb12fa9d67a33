"""The past of an order, with and without snapshots: what its events say, whatever is kept beside them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.histories import Histories
from adapters.memory.aggregate_snapshots import MemoryAggregateSnapshots
from adapters.memory.events import MemoryEventStore
from domain.events import EventMetadata
from domain.history.aggregates import ORDER
from domain.history.errors import NotYetThereError, VersionNotReachedError
from domain.history.policies import every_events
from domain.order.encoding import decode
from domain.order.order import Order, fold
from tests.support.builders import NOON, an_order

SECOND = timedelta(seconds=1)
STORY = an_order().declined().declined().declined().paid().planned().arrived().completed()
LENGTH = len(STORY.events)


class WatchedEvents(MemoryEventStore):
    """One event recorded every second, and the versions after which streams were read."""

    def __init__(self) -> None:
        self.clock = NOON
        self.read_after: list[int] = []
        super().__init__(self.tick)

    def tick(self):
        self.clock += SECOND
        return self.clock

    async def read(self, stream_id, *, after=0, limit=10_000):
        self.read_after.append(after)
        return await super().read(stream_id, after=after, limit=limit)


async def a_history(**changes: Any) -> Any:
    events = WatchedEvents()
    for version, record in enumerate(STORY.records):
        await events.append("ord_1", version, f"step {version}", [record], EventMetadata())
    return Histories(ORDER, events, MemoryAggregateSnapshots(), **{"short": 1, **changes})


async def snapshot_at(histories: Any, version: int) -> Any:
    told = await histories.at_version("ord_1", version)
    await histories.keep(told)
    histories.events.read_after.clear()
    return await histories.snapshots.newest("ord_1", until=version)


def state_at(version: int) -> Order:
    return fold(STORY.events[:version])


@given(kept=st.sets(st.integers(1, LENGTH)), version=st.integers(1, LENGTH))
def test_the_state_at_a_version_is_that_of_its_events_whatever_is_kept(kept, version):
    async def asked() -> Any:
        histories = await a_history()
        for each in sorted(kept):
            await snapshot_at(histories, each)
        at_version = await histories.at_version("ord_1", version)
        at_time = await histories.at_time("ord_1", NOON + version * SECOND)
        now = await histories.current("ord_1")
        return at_version, at_time, now

    at_version, at_time, now = asyncio.run(asked())

    assert at_version.state == at_time.state == state_at(version)
    assert now.state == STORY.order


async def test_only_events_later_than_the_newest_snapshot_are_read():
    histories = await a_history()
    await snapshot_at(histories, 3)
    await snapshot_at(histories, 7)

    told = await histories.current("ord_1", head=LENGTH)

    assert histories.events.read_after == [7]
    assert (told.version, told.growth.events) == (LENGTH, LENGTH - 7)


async def test_a_state_of_before_a_snapshot_is_never_made_from_it():
    histories = await a_history()
    await snapshot_at(histories, 3)
    await snapshot_at(histories, 7)

    told = await histories.at_version("ord_1", 5)

    assert histories.events.read_after == [3]
    assert told.state == state_at(5)


async def test_no_snapshot_is_looked_for_where_folding_takes_no_longer():
    histories = await a_history(short=LENGTH + 1)
    await histories.keep(await histories.at_version("ord_1", 7))
    histories.events.read_after.clear()

    now = await histories.current("ord_1", head=LENGTH)
    then = await histories.at_version("ord_1", 8)

    assert histories.events.read_after == [0, 0]
    assert (now.state, then.state) == (STORY.order, state_at(8))


async def test_who_does_not_know_how_long_a_stream_is_reads_its_beginning_first():
    few, many = await a_history(short=LENGTH + 1), await a_history(short=LENGTH)
    for histories in (few, many):
        await snapshot_at(histories, 7)
        told = await histories.current("ord_1")
        assert (told.version, told.state) == (LENGTH, STORY.order)

    assert few.events.read_after == [0]
    assert many.events.read_after == [0, 7]


async def test_nothing_is_read_for_a_version_that_a_snapshot_has():
    histories = await a_history()
    await snapshot_at(histories, 7)

    told = await histories.at_version("ord_1", 7)

    assert histories.events.read_after == []
    assert told.state == state_at(7)


@pytest.mark.parametrize("past", [timedelta(microseconds=-1), timedelta(0), timedelta(microseconds=999)])
async def test_a_moment_as_it_is_shown_includes_what_happened_in_it(past):
    histories = await a_history()

    told = await histories.at_time("ord_1", NOON + 4 * SECOND + past)

    assert told.version == 4


async def test_long_after_the_last_event_the_state_is_that_of_now():
    histories = await a_history()

    assert (await histories.at_time("ord_1", NOON + timedelta(days=999))).state == STORY.order


async def test_a_version_that_is_not_reached_is_refused():
    histories = await a_history()

    with pytest.raises(VersionNotReachedError) as refused:
        await histories.at_version("ord_1", LENGTH + 1)

    assert refused.value.facts == {"version": LENGTH + 1, "head": LENGTH}


async def test_a_time_before_the_order_is_refused():
    histories = await a_history()

    with pytest.raises(NotYetThereError) as refused:
        await histories.at_time("ord_1", NOON + SECOND - timedelta(milliseconds=2))

    assert refused.value.facts == {"began_at": NOON + SECOND}


async def test_what_never_was_has_no_past():
    histories = await a_history()

    assert await histories.current("ord_2") is None
    assert await histories.at_version("ord_2", 1) is None
    assert await histories.at_time("ord_2", NOON) is None


@pytest.mark.parametrize(
    "odd",
    [{"data": b"{"}, {"schema_version": 9}, {"type": "order+xml"}, {"type": "cup+json"}],
    ids=["damaged", "newer", "other codec", "other kind"],
)
async def test_an_unusable_snapshot_is_passed_over_for_an_older_one(odd):
    histories = await a_history()
    await snapshot_at(histories, 3)
    newest = await snapshot_at(histories, 7)
    await histories.snapshots.keep(replace(newest, **odd))

    told = await histories.current("ord_1", head=LENGTH)

    assert histories.events.read_after == [3]
    assert told.state == STORY.order


async def test_a_snapshot_that_the_later_events_do_not_fit_to_is_not_used():
    histories = await a_history()
    early = await snapshot_at(histories, 2)
    await histories.snapshots.keep(replace(early, version=5))

    told = await histories.current("ord_1", head=LENGTH)

    assert told.state == STORY.order


async def test_dropping_all_snapshots_changes_no_answer():
    histories = await a_history()
    await snapshot_at(histories, 7)

    assert await histories.snapshots.drop() == 1

    assert (await histories.current("ord_1", head=LENGTH)).state == STORY.order


async def test_a_state_is_worth_keeping_when_the_policy_says_so_and_only_once():
    histories = await a_history(policy=every_events(5))
    await snapshot_at(histories, 4)

    assert not histories.is_worth_keeping(await histories.at_version("ord_1", 8))
    assert histories.is_worth_keeping(await histories.at_version("ord_1", 9))
    await snapshot_at(histories, 9)
    assert not histories.is_worth_keeping(await histories.at_version("ord_1", 9))


async def test_what_a_snapshot_has_is_not_kept_again_whatever_the_policy():
    histories = await a_history(policy=~every_events(5))
    await snapshot_at(histories, 7)

    assert not histories.is_worth_keeping(await histories.at_version("ord_1", 7))
    assert histories.is_worth_keeping(await histories.at_version("ord_1", 8))


async def test_how_far_a_stream_has_gone_on_is_counted_from_its_snapshot():
    histories = await a_history()

    whole = (await histories.at_version("ord_1", 9)).growth
    await snapshot_at(histories, 7)
    since = (await histories.at_version("ord_1", 9)).growth

    assert (whole.events, whole.age, whole.changed) == (9, 8 * SECOND, 1)
    assert (since.events, since.age) == (2, 2 * SECOND)
    assert 0 < since.changed < 1


async def test_a_long_stream_is_read_in_pages(monkeypatch):
    monkeypatch.setattr("activities.histories._PAGE", 4)
    histories = await a_history()

    told = await histories.current("ord_1", head=LENGTH)

    assert histories.events.read_after == list(range(0, LENGTH + 1, 4))
    assert (told.state, told.growth.events) == (STORY.order, LENGTH)


async def problems_of(histories: Any) -> Any:
    """What is wrong with each snapshot that contradicts its stream, by its version."""
    found = {kept.version: await histories.problem_of(kept) for kept in await histories.snapshots.page()}
    return {version: problem for version, problem in found.items() if problem}


async def test_snapshots_that_tell_the_truth_are_no_lies():
    histories = await a_history()
    for version in (1, 5, LENGTH):
        await snapshot_at(histories, version)

    assert await problems_of(histories) == {}


@pytest.mark.parametrize("planted", ["state", "time", "end"])
async def test_a_snapshot_that_contradicts_its_stream_is_found(planted):
    histories = await a_history()
    await snapshot_at(histories, 3)
    true = await snapshot_at(histories, 5)
    faults = {
        "state": replace(true, data=true.data.replace(b"1000", b"1001")),
        "time": replace(true, taken_at=true.taken_at + SECOND),
        "end": replace(true, version=LENGTH + 1),
    }
    await histories.snapshots.keep(faults[planted])

    assert list(await problems_of(histories)) == [faults[planted].version]


async def test_snapshots_of_other_kinds_and_releases_are_not_called_lies():
    histories = await a_history()
    true = await snapshot_at(histories, 5)
    await histories.snapshots.keep(replace(true, version=6, schema_version=99))
    await histories.snapshots.keep(replace(true, version=7, type="proposal+json"))

    assert await problems_of(histories) == {}


def test_the_story_is_told_in_full():
    assert [decode(record) for record in STORY.records] == STORY.events
