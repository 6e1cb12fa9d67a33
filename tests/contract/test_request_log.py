"""What every request log promises, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.ports.intake import (
    ANSWERS_KEPT,
    IdempotencyKeyReusedError,
    RequestStillRunningError,
    StoredAnswer,
)
from tests.support.port_worlds import PortWorld

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CANCELLED = StoredAnswer(200, '{"status": "cancelled"}')


async def test_a_new_key_may_go_on(world: PortWorld) -> None:
    assert await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON) is None


async def test_a_finished_request_is_replayed(world: PortWorld) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)
    await world.requests.finish("cancel:ord_1", "key-1", CANCELLED)

    assert await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON) == CANCELLED


async def test_the_answer_is_kept_for_a_day_at_least(world: PortWorld) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)
    await world.requests.finish("cancel:ord_1", "key-1", CANCELLED)

    tomorrow = NOON + timedelta(hours=24)

    assert await world.requests.begin("cancel:ord_1", "key-1", "digest", tomorrow) == CANCELLED


async def test_a_key_that_another_request_holds_is_refused_for_now(world: PortWorld) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)

    with pytest.raises(RequestStillRunningError):
        await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON + timedelta(seconds=59))


async def test_a_holder_that_crashed_between_begin_and_finish_frees_its_key(world: PortWorld) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)
    later = NOON + timedelta(seconds=60)

    assert await world.requests.begin("cancel:ord_1", "key-1", "digest", later) is None
    with pytest.raises(RequestStillRunningError):
        await world.requests.begin("cancel:ord_1", "key-1", "digest", later)


async def test_of_ten_equal_requests_one_goes_on(world: PortWorld) -> None:
    begins = (world.requests.begin("cancel:ord_1", "key-1", "digest", NOON) for _ in range(10))

    answers = await asyncio.gather(*begins, return_exceptions=True)

    assert answers.count(None) == 1
    assert sum(isinstance(answer, RequestStillRunningError) for answer in answers) == 9


@pytest.mark.parametrize("finished", [False, True])
async def test_the_same_key_with_another_request_is_refused(world: PortWorld, finished: bool) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)
    if finished:
        await world.requests.finish("cancel:ord_1", "key-1", CANCELLED)

    with pytest.raises(IdempotencyKeyReusedError):
        await world.requests.begin("cancel:ord_1", "key-1", "another", NOON + timedelta(hours=1))


async def test_another_request_does_not_prolong_the_lock(world: PortWorld) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)
    later = NOON + timedelta(seconds=60)
    with pytest.raises(IdempotencyKeyReusedError):
        await world.requests.begin("cancel:ord_1", "key-1", "another", later)

    assert await world.requests.begin("cancel:ord_1", "key-1", "digest", later) is None


async def test_a_key_that_was_given_back_is_new_again(world: PortWorld) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)
    await world.requests.finish("cancel:ord_1", "key-1", None)

    assert await world.requests.begin("cancel:ord_1", "key-1", "another", NOON) is None


async def test_an_answer_that_was_kept_stays(world: PortWorld) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)
    await world.requests.finish("cancel:ord_1", "key-1", CANCELLED)

    await world.requests.finish("cancel:ord_1", "key-1", StoredAnswer(500, "{}"))
    await world.requests.finish("cancel:ord_1", "key-1", None)

    assert await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON) == CANCELLED


async def test_the_same_key_in_another_scope_is_another_request(world: PortWorld) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)

    assert await world.requests.begin("cancel:ord_2", "key-1", "other", NOON) is None


async def finished(world: PortWorld, key: str, at: datetime) -> None:
    await world.requests.begin("cancel:ord_1", key, "digest", at)
    await world.requests.finish("cancel:ord_1", key, CANCELLED)


async def is_known(world: PortWorld, key: str, now: datetime) -> bool:
    """Asked with another request, so that a known key is neither claimed nor changed."""
    try:
        await world.requests.begin("cancel:ord_1", key, "another", now)
    except IdempotencyKeyReusedError:
        return True
    return False


async def test_a_purge_forgets_old_requests_and_leaves_younger_ones(world: PortWorld) -> None:
    await finished(world, "old", NOON)
    await finished(world, "young", NOON + timedelta(hours=1))
    now = NOON + ANSWERS_KEPT + timedelta(hours=1)

    assert await world.requests.purge(now - ANSWERS_KEPT, 100) == 1

    assert not await is_known(world, "old", now)
    assert await is_known(world, "young", now)


async def test_no_answer_is_gone_before_its_time(world: PortWorld) -> None:
    await finished(world, "key-1", NOON)

    assert await world.requests.purge(NOON, 100) == 0

    assert await is_known(world, "key-1", NOON + ANSWERS_KEPT)


async def test_a_request_that_was_begun_long_ago_but_is_held_now_is_not_forgotten(world: PortWorld) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)
    now = NOON + timedelta(days=3)
    await world.requests.begin("cancel:ord_1", "key-1", "digest", now)

    assert await world.requests.purge(now - ANSWERS_KEPT, 100) == 0
    await world.requests.finish("cancel:ord_1", "key-1", CANCELLED)

    assert await world.requests.begin("cancel:ord_1", "key-1", "digest", now) == CANCELLED


async def test_a_request_that_was_never_answered_is_forgotten_too(world: PortWorld) -> None:
    await world.requests.begin("cancel:ord_1", "key-1", "digest", NOON)

    assert await world.requests.purge(NOON + timedelta(hours=1), 100) == 1


async def test_a_purge_takes_the_oldest_first_and_no_more_than_its_limit(world: PortWorld) -> None:
    later = NOON + timedelta(days=3)
    for age in (2, 5, 1, 4, 3):
        await finished(world, f"age-{age}", later - timedelta(days=age))

    gone = [await world.requests.purge(later, 2), await world.requests.purge(later, 1)]

    assert gone == [2, 1]
    assert [await is_known(world, f"age-{age}", later) for age in (1, 2, 3, 4, 5)] == [True] * 2 + [False] * 3


async def test_purges_at_once_share_the_work(world: PortWorld) -> None:
    for number in range(40):
        await finished(world, f"key-{number}", NOON)
    later = NOON + timedelta(days=3)

    gone = await asyncio.gather(*(world.requests.purge(later, 15) for _ in range(4)))

    assert max(gone) <= 15
    assert sum(gone) + await world.requests.purge(later, 100) == 40
