"""What every request log promises, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.ports.intake import IdempotencyKeyReusedError, RequestStillRunningError, StoredAnswer
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
