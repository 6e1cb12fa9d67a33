"""What the books of a consumer promise, over memory and PostgreSQL: once, in order, nothing lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from domain.ports.consumption import EffectFailedError
from tests.support.heard_events import Books, books_over, heard


@pytest.fixture(params=["memory", "postgres"])
async def books(request: pytest.FixtureRequest) -> AsyncIterator[Books]:
    url = request.getfixturevalue("fresh_database") if request.param == "postgres" else ""
    async with books_over(request.param, url) as made:
        yield made


async def test_each_event_has_its_effect_once_however_often_it_comes(books: Books) -> None:
    events = [*heard("ord_1", 1, 2, 3), *heard("ord_2", 1)]

    first = await books.consumption.take(events, park=False)
    again = await books.consumption.take([*events, *heard("ord_1", 4, 4)], park=False)

    assert (first.applied, first.repeated) == (4, 0)
    assert (again.applied, again.repeated) == (1, 5)
    assert await books.counts() == {"ord_1": 4, "ord_2": 1}
    assert await books.consumption.version("ord_1") == 4
    assert await books.consumption.version("ord_9") == 0


async def test_versions_in_any_order_of_one_batch_are_taken_in_theirs(books: Books) -> None:
    taken = await books.consumption.take(heard("ord_1", 3, 1, 2), park=False)

    assert taken.applied == 3
    assert await books.consumption.version("ord_1") == 3


async def test_what_fails_leaves_nothing_of_its_batch(books: Books) -> None:
    books.bad = {"ord_1:2"}

    with pytest.raises(EffectFailedError):
        await books.consumption.take([*heard("ord_2", 1), *heard("ord_1", 1, 2)], park=False)

    assert await books.counts() == {}
    assert await books.consumption.version("ord_2") == 0
    assert await books.parked() == []


async def test_what_cannot_be_taken_is_parked_with_what_follows_and_the_rest_goes_on(
    books: Books,
) -> None:
    books.bad = {"ord_1:2"}

    taken = await books.consumption.take([*heard("ord_1", 1, 2, 3), *heard("ord_2", 1)], park=True)
    later = await books.consumption.take([*heard("ord_1", 4), *heard("ord_2", 2)], park=False)

    assert taken.applied == 2
    assert [event.message.id for event in taken.parked] == ["ord_1:2", "ord_1:3"]
    assert "no effect" in taken.errors["ord_1:2"]
    assert taken.errors["ord_1:3"] == "waits for version 2"
    assert later.applied == 1
    assert await books.parked() == ["ord_1:2", "ord_1:3", "ord_1:4"]
    assert await books.counts() == {"ord_1": 1, "ord_2": 2}


async def test_a_parked_event_that_comes_again_stays_parked_once(books: Books) -> None:
    books.bad = {"ord_1:1"}
    await books.consumption.take(heard("ord_1", 1, 2), park=True)

    again = await books.consumption.take(heard("ord_1", 1, 2), park=True)

    assert (again.applied, again.repeated, again.parked) == (0, 2, ())
    assert await books.parked() == ["ord_1:1", "ord_1:2"]


async def test_an_event_that_could_not_be_read_is_parked_in_its_place(books: Books) -> None:
    with pytest.raises(EffectFailedError):
        await books.consumption.take(heard("ord_1", 1, fault="broken JSON"), park=False)

    taken = await books.consumption.take(
        [*heard("ord_1", 1, fault="broken JSON"), *heard("ord_1", 2)], park=True
    )

    assert taken.errors["ord_1:1"] == "broken JSON"
    assert await books.parked() == ["ord_1:1", "ord_1:2"]


async def test_a_gap_is_noticed_and_closes_by_itself(books: Books) -> None:
    early = await books.consumption.take(heard("ord_1", 1, 3, 4), park=False)
    assert early.applied == 1
    assert early.errors["ord_1:3"] == "version 2 is missing"

    healed = await books.consumption.take(heard("ord_1", 2, 5), park=False)

    assert healed.applied == 4
    assert await books.parked() == []
    assert await books.consumption.version("ord_1") == 5
    assert await books.counts() == {"ord_1": 5}


async def test_a_bad_event_behind_a_gap_is_parked_when_its_turn_comes(books: Books) -> None:
    books.bad = {"ord_1:3"}
    await books.consumption.take(heard("ord_1", 1, 3, 4), park=False)

    taken = await books.consumption.take(heard("ord_1", 2), park=True)

    assert taken.applied == 1
    assert await books.consumption.version("ord_1") == 2
    assert [(each.message.id, "no effect" in each.error) for each in await books.consumption.parked()] == [
        ("ord_1:3", True),
        ("ord_1:4", False),
    ]


async def test_what_is_resumed_is_taken_in_order_and_can_fail_again(books: Books) -> None:
    books.bad = {"ord_1:1", "ord_1:3", "ord_2:1"}
    await books.consumption.take([*heard("ord_1", 1, 2, 3, 4), *heard("ord_2", 1)], park=True)

    books.bad = {"ord_1:3", "ord_2:1"}
    assert await books.consumption.resume("ord_1") == ()
    assert await books.parked() == ["ord_1:3", "ord_1:4", "ord_2:1"]
    assert await books.consumption.version("ord_1") == 2

    books.bad = set()
    assert await books.consumption.resume() == ("ord_1", "ord_2")
    assert await books.counts() == {"ord_1": 4, "ord_2": 1}
    assert await books.parked() == []


async def test_only_a_person_goes_on_over_a_gap(books: Books) -> None:
    await books.consumption.take(heard("ord_1", 3, 4), park=False)

    assert await books.consumption.resume("ord_1") == ()
    assert await books.consumption.resume("ord_1", over_gap=True) == ("ord_1",)

    assert await books.consumption.version("ord_1") == 4
    assert await books.counts() == {"ord_1": 2}


async def test_totals_count_streams_and_what_stands_aside(books: Books) -> None:
    await books.consumption.take([*heard("ord_1", 1), *heard("ord_2", 2)], park=False)

    assert await books.consumption.totals() == (2, 1)


async def test_members_that_meet_at_a_rebalancing_count_each_event_once(books: Books) -> None:
    chance = random.Random(3)
    streams = {f"ord_{n}": list(range(1, 9)) for n in range(12)}
    batches = []
    for _ in range(24):
        first = chance.randrange(1, 6)
        names = chance.sample(sorted(streams), 6)
        batches.append([e for name in names for e in heard(name, *range(1, first + 4))])

    await asyncio.gather(*(books.consumption.take(batch, park=False) for batch in batches))
    everything = [e for name, versions in streams.items() for e in heard(name, *versions)]
    await books.consumption.take(everything, park=False)

    assert await books.counts() == dict.fromkeys(streams, 8)
