"""Two levels of cache: one read for many callers, bounded, gone when its time is over, never harmful."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from adapters.redis.two_levels import Entry, Form, TwoLevels

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
PLAIN: Form[str] = Form(write=lambda value: value, read=str)


class Shared:
    """What Valkey would keep, for several processes."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.lifetimes: dict[str, timedelta] = {}
        self.asked = 0

    async def get(self, key: str) -> bytes | None:
        self.asked += 1
        return self.kept.get(key)

    async def put(self, key: str, body: bytes, lifetime: timedelta) -> None:
        self.kept[key], self.lifetimes[key] = body, lifetime


class Store:
    """Counts how often it is read; answers when it is allowed to."""

    def __init__(self, *, weight: int = 1, since: datetime = NOON) -> None:
        self.reads = 0
        self.weight = weight
        self.since = since
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = asyncio.Event()

    async def load(self) -> Entry[str]:
        self.reads += 1
        self.asked.set()
        number = self.reads
        await self.answers.wait()
        return Entry(f"answer {number}", self.since, self.since + HOUR, self.weight)


@pytest.fixture
def shared() -> Shared:
    return Shared()


def a_process(shared: Shared, largest: int = 10) -> TwoLevels[str]:
    return TwoLevels(shared, PLAIN, largest=largest)  # type: ignore[arg-type]


async def test_the_second_caller_asks_nobody(shared: Shared) -> None:
    process, store = a_process(shared), Store()

    answers = [await process.get("a", NOON, store.load) for _ in range(3)]

    assert (answers, store.reads, shared.asked) == (["answer 1"] * 3, 1, 1)


async def test_another_process_finds_it_in_the_shared_level(shared: Shared) -> None:
    store = Store()
    await a_process(shared).get("a", NOON, store.load)

    assert await a_process(shared).get("a", NOON, store.load) == "answer 1"
    assert store.reads == 1
    assert shared.lifetimes == {"a": HOUR}


async def test_keys_do_not_share_answers(shared: Shared) -> None:
    process, store = a_process(shared), Store()

    assert await process.get("a", NOON, store.load) != await process.get("b", NOON, store.load)


@pytest.mark.parametrize(
    ("at", "reads"),
    [(NOON - MOMENT, 2), (NOON, 1), (NOON + HOUR - MOMENT, 1), (NOON + HOUR, 2)],
)
async def test_an_entry_holds_from_its_start_until_just_before_its_end(
    shared: Shared, at: datetime, reads: int
) -> None:
    process, store = a_process(shared), Store()
    await process.get("a", NOON, store.load)

    await process.get("a", at, store.load)
    await a_process(shared).get("a", NOON, store.load)

    assert store.reads == reads


async def test_many_callers_at_once_share_one_read(shared: Shared) -> None:
    process, store = a_process(shared), Store()
    store.answers.clear()
    callers = [asyncio.ensure_future(process.get("a", NOON, store.load)) for _ in range(50)]
    await store.asked.wait()
    store.answers.set()

    answers = await asyncio.gather(*callers)

    assert (set(answers), store.reads) == ({"answer 1"}, 1)


async def test_a_caller_who_goes_away_does_not_take_the_answer_of_others_with_it(shared: Shared) -> None:
    process, store = a_process(shared), Store()
    store.answers.clear()
    first, second = (asyncio.ensure_future(process.get("a", NOON, store.load)) for _ in range(2))
    await store.asked.wait()

    first.cancel()
    store.answers.set()

    assert await second == "answer 1"
    assert first.cancelled()


async def test_a_failing_store_fails_for_its_callers_and_not_for_the_next(shared: Shared) -> None:
    process, store = a_process(shared), Store()

    async def broken() -> Entry[str]:
        await asyncio.sleep(0)
        raise OSError

    failures = await asyncio.gather(
        *(process.get("a", NOON, broken) for _ in range(2)), return_exceptions=True
    )

    assert [type(failure) for failure in failures] == [OSError, OSError]
    assert await process.get("a", NOON, store.load) == "answer 1"


async def test_a_process_keeps_what_was_used_last_within_its_bound(shared: Shared) -> None:
    process, store = a_process(shared, largest=2), Store()
    for key in ("a", "b", "a", "c"):
        await process.get(key, NOON, store.load)
    shared.kept.clear()

    for key in ("a", "c"):
        await process.get(key, NOON, store.load)
    assert (store.reads, process.weight) == (3, 2)
    await process.get("b", NOON, store.load)
    assert (store.reads, process.weight) == (4, 2)


async def test_the_bound_counts_what_is_in_an_entry(shared: Shared) -> None:
    process = a_process(shared, largest=10)

    for number in range(20):
        await process.get(f"key-{number}", NOON, Store(weight=4).load)
        assert process.weight <= 10


async def test_an_entry_larger_than_everything_is_not_kept(shared: Shared) -> None:
    process, store = a_process(shared, largest=10), Store(weight=11)

    assert await process.get("a", NOON, store.load) == "answer 1"
    assert process.weight == 0


async def test_a_renewed_entry_is_counted_once(shared: Shared) -> None:
    process = a_process(shared, largest=10)
    await process.get("a", NOON, Store(weight=3).load)

    await process.get("a", NOON + HOUR, Store(weight=5, since=NOON + HOUR).load)

    assert process.weight == 5


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'["x", "y", 1, 2]', b'{"since": 1}'])
async def test_a_shared_entry_that_cannot_be_read_is_read_anew(
    shared: Shared, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    shared.kept["a"] = body
    store = Store()

    with caplog.at_level(logging.WARNING):
        assert await a_process(shared).get("a", NOON, store.load) == "answer 1"

    assert "cannot be read" in caplog.text
    assert json.loads(shared.kept["a"])[-1] == "answer 1"
