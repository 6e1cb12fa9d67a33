"""What the marks of published shards promise, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.memory.publications import MemoryPublications
from adapters.postgres.pool import open_pool
from adapters.postgres.publications import PostgresPublications
from domain.ports.publications import SHARDS, Publications, ShardTakenError, StoppedStream, shard_of

LEASE = timedelta(seconds=60)
STOP = StoppedStream("ord_1", 3, 17, "too large")


@dataclass
class Marks:
    publications: Publications
    lose: Callable[[str], Awaitable[None]]  # as if its owner had been silent for longer than the lease


@pytest.fixture(params=["memory", "postgres"])
async def marks(request: pytest.FixtureRequest) -> AsyncIterator[Marks]:
    if request.param == "memory":
        memory = MemoryPublications(lease=LEASE)

        async def forget(owner: str) -> None:
            memory._owners.pop(owner, None)
            for shard in memory._shards:
                shard.seen -= 1_000 if shard.owner == owner else 0

        yield Marks(memory, forget)
        return
    pool = await open_pool(request.getfixturevalue("fresh_database"), application="test", largest=8)

    async def lose(owner: str) -> None:
        for table in ("publisher_owners", "publisher_shards"):
            await pool.execute(
                f"UPDATE {table} SET seen_at = seen_at - interval '1000 seconds' WHERE owner = $1", owner
            )

    yield Marks(PostgresPublications(pool, LEASE), lose)
    await pool.close()


async def test_who_comes_first_has_all_shards_from_the_beginning(marks: Marks) -> None:
    held = await marks.publications.claim("a")

    assert [claim.shard for claim in held] == list(range(SHARDS))
    assert {claim.position for claim in held} == {0}
    assert await marks.publications.claim("a") == held


async def test_owners_share_and_nobody_holds_what_another_holds(marks: Marks) -> None:
    names = ["a", "b", "c"]
    for _ in range(4):
        held = {name: await marks.publications.claim(name) for name in names}

    shards = sorted(claim.shard for claims in held.values() for claim in claims)
    assert shards == list(range(SHARDS))
    assert sorted(len(claims) for claims in held.values()) == [2, 3, 3]


async def test_claims_at_the_same_time_never_overlap(marks: Marks) -> None:
    for _ in range(4):
        held = await asyncio.gather(*(marks.publications.claim(f"owner-{n}") for n in range(6)))

    shards = [claim.shard for claims in held for claim in claims]
    assert sorted(shards) == list(range(SHARDS))


async def test_a_mark_moves_all_that_are_held_and_never_back(marks: Marks) -> None:
    held = await marks.publications.claim("a")

    moved = await marks.publications.mark(held, 10)
    assert {claim.position for claim in moved} == {10}
    assert await marks.publications.mark(moved, 5) == moved
    assert {shard.position for shard in await marks.publications.status()} == {10}


async def test_an_old_claim_marks_nothing_at_all(marks: Marks) -> None:
    held = await marks.publications.claim("a")
    await marks.publications.mark(held[:1], 3)

    with pytest.raises(ShardTakenError):
        await marks.publications.mark(held, 10, [STOP])

    assert sorted({shard.position for shard in await marks.publications.status()}) == [0, 3]
    assert await marks.publications.stopped() == ()


async def test_an_owner_that_was_silent_for_too_long_is_fenced_off(marks: Marks) -> None:
    held = await marks.publications.claim("a")
    await marks.lose("a")

    taken = await marks.publications.claim("b")

    assert [claim.shard for claim in taken] == list(range(SHARDS))
    with pytest.raises(ShardTakenError):
        await marks.publications.mark(held, 10)
    assert {claim.position for claim in await marks.publications.mark(taken, 4)} == {4}


async def test_what_is_released_is_free_at_once(marks: Marks) -> None:
    held = await marks.publications.claim("a")
    await marks.publications.release("a")

    assert {shard.owner for shard in await marks.publications.status()} == {None}
    with pytest.raises(ShardTakenError):
        await marks.publications.mark(held, 10)
    assert len(await marks.publications.claim("b")) == SHARDS


async def test_a_stop_is_written_with_the_mark_and_found_whole(marks: Marks) -> None:
    held = await marks.publications.claim("a")

    await marks.publications.mark(held, 20, [STOP, StoppedStream("ord_2", 1, 9, "unknown type")])

    assert [each.stream_id for each in await marks.publications.stopped()] == ["ord_2", "ord_1"]
    assert STOP in await marks.publications.stopped()
    assert len(await marks.publications.stopped(1)) == 1


async def test_a_person_lets_one_stream_or_all_of_them_go_on(marks: Marks) -> None:
    held = await marks.publications.claim("a")
    await marks.publications.mark(held, 20, [STOP, StoppedStream("ord_2", 1, 9, "unknown type")])

    assert await marks.publications.resume("ord_9") == ()
    assert await marks.publications.resume("ord_1") == ("ord_1",)
    assert {each.stream_id: each.resuming for each in await marks.publications.stopped()} == {
        "ord_1": True,
        "ord_2": False,
    }
    assert await marks.publications.resume() == ("ord_1", "ord_2")


async def test_a_stream_that_went_on_is_stopped_no_more_unless_it_stops_again(marks: Marks) -> None:
    held = await marks.publications.claim("a")
    held = await marks.publications.mark(held, 20, [STOP])
    await marks.publications.resume()

    again = StoppedStream("ord_1", 5, 19, "still too large")
    held = await marks.publications.mark(held, 20, [again], ["ord_1"])
    assert await marks.publications.stopped() == (again,)

    await marks.publications.mark(held, 20, (), ["ord_1"])
    assert await marks.publications.stopped() == ()


async def test_sending_again_starts_at_the_earlier_of_the_stop_and_the_wish(marks: Marks) -> None:
    held = await marks.publications.claim("a")
    await marks.publications.mark(held, 20, [STOP])

    await marks.publications.send_again("ord_1", 5)
    await marks.publications.send_again("ord_2", 4)

    found = {each.stream_id: (each.version, each.resuming) for each in await marks.publications.stopped()}
    assert found == {"ord_1": (3, True), "ord_2": (4, True)}
    wish = next(each for each in await marks.publications.stopped() if each.stream_id == "ord_2")
    assert wish.position == 20
    assert shard_of("ord_2") in range(SHARDS)


async def test_going_back_has_everything_after_a_position_published_again(marks: Marks) -> None:
    held = await marks.publications.claim("a")
    held = await marks.publications.mark(held, 90)

    await marks.publications.go_back(40)

    with pytest.raises(ShardTakenError):
        await marks.publications.mark(held, 95)
    assert {claim.position for claim in await marks.publications.claim("a")} == {40}


async def test_going_back_never_goes_forth(marks: Marks) -> None:
    held = await marks.publications.mark(await marks.publications.claim("a"), 20)

    await marks.publications.go_back(40)

    with pytest.raises(ShardTakenError):  # what is being sent may be lost as well
        await marks.publications.mark(held, 30)
    assert {claim.position for claim in await marks.publications.claim("a")} == {20}
