"""Whatever comes, is taken, is answered or gives up: each append goes once, behind those of its stream."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from adapters.event_batches import batch_of
from adapters.postgres.waiting_appends import Caller, WaitingAppends
from domain.events import EventMetadata, EventRecord

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def caller(loop: asyncio.AbstractEventLoop, stream: str, key: str = "k", events: int = 1) -> Caller:
    records = [EventRecord("Noted", 1, {}, NOON)] * events
    return Caller(batch_of(stream, 0, key, records, EventMetadata()), loop.create_future())


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "put", "take", "release", "give up"]), st.integers(0, 5)),
    max_size=60,
)


@given(steps=STEPS)
def test_each_goes_once_in_the_order_of_its_stream(steps: list[tuple[str, int]]) -> None:
    loop = asyncio.new_event_loop()
    waiting, under_way = WaitingAppends(), list[Caller]()
    came: dict[str, list[Caller]] = defaultdict(list)
    went: dict[str, list[Caller]] = defaultdict(list)
    given_up: set[Caller] = set()
    for step, number in steps:
        stream = f"ord_{number % 3}"
        match step:
            case "put":
                one = caller(loop, stream)
                waiting.put(one)
                came[stream].append(one)
            case "give up" if still := [c for c in came[stream] if c not in went[stream]]:
                still[number % len(still)].heard.cancel()
                given_up.add(still[number % len(still)])
            case "release" if under_way:
                waiting.release(under_way.pop(number % len(under_way)))
            case "take":
                taken = waiting.take(number + 1, 100)
                assert not {c.batch.stream_id for c in taken} & {c.batch.stream_id for c in under_way}
                under_way += taken
                for one in taken:
                    went[one.batch.stream_id].append(one)
            case _:
                pass  # nobody to release or to give up
        assert waiting.taken == len(under_way)

    while under_way or waiting.ready:
        for one in under_way:
            waiting.release(one)
        under_way = waiting.take(64, 100)
        for one in under_way:
            went[one.batch.stream_id].append(one)

    for stream, callers in came.items():
        assert went[stream] == [one for one in callers if one not in given_up or one in went[stream]]
        assert not {one for one in callers if one not in went[stream]} - given_up
    assert (len(waiting), waiting.taken, waiting._streams) == (0, 0, {})
    loop.close()


def test_streams_take_turns() -> None:
    loop = asyncio.new_event_loop()
    waiting = WaitingAppends()
    for number in range(3):
        waiting.put(caller(loop, "hot", f"k{number}"))
    waiting.put(caller(loop, "ord_1"))
    (first,) = waiting.take(1, 100)
    waiting.put(caller(loop, "ord_2"))
    waiting.release(first)

    taken = waiting.take(3, 100)

    assert [one.batch.stream_id for one in (first, *taken)] == ["hot", "ord_1", "ord_2", "hot"]
    loop.close()


def test_one_that_is_too_large_for_a_group_goes_alone() -> None:
    loop = asyncio.new_event_loop()
    waiting = WaitingAppends()
    for stream, events in (("small", 1), ("large", 200), ("next", 1)):
        waiting.put(caller(loop, stream, events=events))

    groups = [[one.batch.stream_id for one in waiting.take(64, 100)] for _ in range(3)]

    assert groups == [["small"], ["large"], ["next"]]
    loop.close()
