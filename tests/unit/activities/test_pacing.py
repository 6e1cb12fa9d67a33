"""Payments are opened no faster than one worker may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.pacing import LONGEST_TURN, PACED, TOO_EARLY, Pace, PacedRequests


@given(
    rate=st.floats(0.5, 200),
    arrivals=st.lists(st.floats(0, 5, allow_subnormal=False), min_size=1, max_size=200).map(sorted),
)
def test_no_second_sees_more_turns_than_allowed_and_one_bunch(rate: float, arrivals: list[float]) -> None:
    pace = Pace(rate)
    begun = sorted(
        now + wait for now in (1_000 + each for each in arrivals) if (wait := pace.turn(now)) <= LONGEST_TURN
    )

    for first in begun:
        assert sum(first <= each < first + 1 for each in begun) <= rate * 1.1 + 1.001


def test_a_turn_that_is_far_off_is_left_to_others() -> None:
    pace = Pace(1)

    waits = [pace.turn(100.0) for _ in range(5)]

    assert waits == pytest.approx([0, 0.9, 1.9, 1.9, 1.9])


class _Done(ActivityInboundInterceptor):
    def __init__(self) -> None:
        self.calls = 0

    async def execute_activity(self, input: ExecuteActivityInput) -> None:  # noqa: A002 - the SDK's name
        self.calls += 1


async def _call(paced: ActivityInboundInterceptor, name: str) -> None:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, activity_type=name)

    async def run() -> None:
        assert activity.info().activity_type == name
        await paced.execute_activity(ExecuteActivityInput(run, [], None, {}))

    await environment.run(run)


async def test_a_payment_too_many_comes_again_later_and_is_not_opened_now() -> None:
    done = _Done()
    paced = PacedRequests(0.5).intercept_activity(done)
    await _call(paced, PACED)

    with pytest.raises(ApplicationError) as refused:
        await _call(paced, PACED)

    assert (refused.value.type, refused.value.non_retryable, done.calls) == (TOO_EARLY, False, 1)
    assert timedelta(seconds=1) < (refused.value.next_retry_delay or timedelta()) < timedelta(seconds=2)


async def test_other_activities_do_not_wait() -> None:
    done = _Done()
    paced = PacedRequests(0.1).intercept_activity(done)

    for _ in range(10):
        await _call(paced, "book_shipment")

    assert done.calls == 10
