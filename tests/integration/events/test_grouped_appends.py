"""Concurrent appends share a transaction, and yet each has its own answer and its own trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.grouping import GroupingEventStore
from domain.events import EventMetadata, EventRecord, StoredEvent
from domain.ports.events import CommandKeyReusedError, EventStore, VersionConflictError
from tests.integration.events.clients import Clients
from tests.integration.events.stories import NOON
from tests.support.chains import links_of

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

TRANSACTIONS = "SELECT count(DISTINCT xmin::text) FROM order_events"
SIZES = "SELECT count(*) FROM order_events GROUP BY xmin::text"
NOTE = [EventRecord("Noted", 1, {"note": ""}, NOON)] * 2


async def sizes(pool: Pool) -> list[int]:
    """Events of each transaction."""
    return [row["count"] for row in await pool.fetch(SIZES)]


@pytest.fixture
async def clients(pool: Pool) -> Clients:
    return Clients(GroupingEventStore(pool, flights=1))


async def test_those_who_come_together_share_a_transaction(pool: Pool, clients: Clients) -> None:
    for number in range(33):
        clients.append(f"ord_{number}")

    assert set((await clients.answers()).values()) == {2}
    assert await pool.fetchval(TRANSACTIONS) == 1


async def test_those_who_come_while_a_group_is_under_way_are_the_next_one(
    pool: Pool, clients: Clients
) -> None:
    """Nobody waits for company: the first goes at once, the others meet meanwhile."""
    clients.append("first")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for number in range(20):
        clients.append(f"ord_{number}")

    assert set((await clients.answers()).values()) == {2}
    assert await pool.fetchval(TRANSACTIONS) == 2


async def test_several_groups_share_what_there_is(pool: Pool) -> None:
    """One is written while the other is prepared: a large one would leave the other nothing to do."""
    clients = Clients(GroupingEventStore(pool, flights=2))
    for number in range(32):
        clients.append(f"ord_{number}")

    assert set((await clients.answers()).values()) == {2}
    assert sorted(await sizes(pool)) == [32, 32]


async def test_who_appends_again_at_once_joins_the_next_group(pool: Pool) -> None:
    store = GroupingEventStore(pool, flights=1)

    async def client(number: int) -> None:
        for turn in range(5):
            await store.append(f"ord_{number}_{turn}", 0, "k", NOTE, EventMetadata())

    await asyncio.gather(*(client(number) for number in range(8)))

    assert await sizes(pool) == [16] * 5


async def test_a_stream_that_much_is_written_to_holds_no_other_up(pool: Pool, clients: Clients) -> None:
    for turn in range(150):
        clients.append("hot", after=2 * turn, key=f"k{turn}")
    clients.append("ord_1")

    assert set((await clients.answers()).values()) == set(range(2, 302, 2))
    assert max(clients.tasks["ord_1 k"].result().positions) <= 4


async def test_each_of_a_group_gets_its_own_answer(pool: Pool, clients: Clients) -> None:
    plain = PostgresEventStore(pool)
    for stream in ("repeats", "reuses", "is_late", "goes_on"):
        await plain.append(stream, 0, "k", NOTE, EventMetadata())

    clients.append("begins")
    clients.append("repeats")
    clients.append("reuses", note="something else")
    clients.append("is_late", after=0, key="another")
    clients.append("goes_on", after=2, key="next")
    clients.append("is_not_there", after=5)

    assert await clients.answers() == {
        "begins k": 2,
        "repeats k": 2,
        "reuses k": CommandKeyReusedError,
        "is_late another": VersionConflictError,
        "goes_on next": 4,
        "is_not_there k": VersionConflictError,
    }
    assert clients.tasks["repeats k"].result().repeated
    assert not clients.tasks["goes_on next"].result().repeated
    heads = [await plain.head(name) for name in ("begins", "is_late", "goes_on", "is_not_there")]
    assert heads == [2, 2, 4, 0]


async def test_streams_of_a_group_are_chained_like_all_others(pool: Pool, clients: Clients) -> None:
    for version in (0, 2, 4):
        for stream in ("ord_1", "ord_2", "ord_3"):
            clients.append(stream, after=version, key=f"k{version}")

    await clients.answers()

    for stream in ("ord_1", "ord_2", "ord_3"):
        events: list[StoredEvent] = list(await PostgresEventStore(pool).read(stream))
        assert [event.version for event in events] == [1, 2, 3, 4, 5, 6]
        assert [event.link for event in events] == links_of(stream, events)
        heads = "SELECT link FROM order_streams WHERE order_id = $1"
        assert await pool.fetchval(heads, stream) == events[-1].link


async def test_commands_of_one_stream_go_in_the_order_they_came(clients: Clients) -> None:
    for version in range(0, 20, 2):
        clients.append("ord_1", after=version, key=f"k{version}")
        clients.append(f"ord_{version}_other")

    answers = await clients.answers()

    assert [answers[f"ord_1 k{version}"] for version in range(0, 20, 2)] == list(range(2, 22, 2))


async def test_two_groups_of_two_processes_never_deadlock(pool: Pool) -> None:
    """Both want the same streams, in opposite orders; each command is carried out by one of them."""
    one, other = Clients(GroupingEventStore(pool)), Clients(GroupingEventStore(pool))
    names = [f"ord_{number}" for number in range(40)]
    for turn in range(5):
        for name in names:
            one.append(name, after=2 * turn, key=f"k{turn}")
        for name in reversed(names):
            other.append(name, after=2 * turn, key=f"k{turn}")

        answers = [*(await one.answers()).values(), *(await other.answers()).values()]

        assert set(answers) == set(range(2, 2 * turn + 3, 2))
    assert await pool.fetchval("SELECT count(*) FROM order_events") == 40 * 10


async def test_who_gives_up_before_being_sent_is_not_sent(pool: Pool, clients: Clients) -> None:
    clients.append("first")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for number in range(4):
        clients.append(f"ord_{number}")
    await asyncio.sleep(0)
    clients.tasks["ord_2 k"].cancel()

    answers = await clients.answers()

    assert answers.pop("ord_2 k") is asyncio.CancelledError
    assert set(answers.values()) == {2}
    assert await PostgresEventStore(pool).head("ord_2") == 0


async def test_the_queue_has_an_end_and_whoever_comes_later_waits_at_the_door(pool: Pool) -> None:
    store = GroupingEventStore(pool, waiting=3)
    clients = Clients(store)
    for number in range(10):
        clients.append(f"ord_{number}")
    await asyncio.sleep(0)

    assert len(store._waiting) <= 3
    assert set((await clients.answers()).values()) == {2}


@pytest.mark.parametrize(
    ("appends", "events", "transactions"), [(64 + 6, 1, 2), (4, 200, 2)], ids=["appends", "events"]
)
async def test_a_group_has_a_limit(pool: Pool, appends: int, events: int, transactions: int) -> None:
    store = GroupingEventStore(pool, flights=1)
    batch = [EventRecord("Noted", 1, {}, NOON)] * events

    await asyncio.gather(*(store.append(f"ord_{n}", 0, "k", batch, EventMetadata()) for n in range(appends)))

    assert await pool.fetchval(TRANSACTIONS) == transactions
    assert await pool.fetchval("SELECT count(*) FROM order_events") == appends * events


@pytest.mark.parametrize("kind", [PostgresEventStore, GroupingEventStore])
async def test_whoever_wants_to_know_is_told_of_every_commit(
    pool: Pool, kind: Callable[..., EventStore]
) -> None:
    told = 0

    def tell() -> None:
        nonlocal told
        told += 1

    clients = Clients(kind(pool, appended=tell))
    for number in range(8):
        clients.append(f"ord_{number}")
    await clients.answers()
    first = told
    clients.append("ord_1")
    clients.append("ord_2")
    await clients.answers()

    assert 1 <= first <= 8
    assert told == first
