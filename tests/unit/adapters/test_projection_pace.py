"""A projection looks often while orders come, and seldom when none did for a while."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from adapters.postgres.projections.runner import Pace, ProjectionRunner
from domain.ports.events import EventFeed

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

SHORTEST, LONGEST = 0.005, 0.1


def a_runner(alert: timedelta) -> ProjectionRunner:
    """One that never gets to touch its pool or feed."""
    return ProjectionRunner(cast("Pool", None), cast("EventFeed", None), "one", pace=Pace(alert=alert))


def pauses(runner: ProjectionRunner, idle: int) -> list[float]:
    """After one small batch, the pauses between that many looks that find nothing."""
    last = runner._pause(LONGEST, worked=3, took=0.001)
    found = []
    for _ in range(idle):
        last = runner._pause(last, worked=0, took=0.001)
        found.append(last)
    return found


async def test_soon_after_an_event_pauses_stay_short():
    assert pauses(a_runner(alert=timedelta(hours=1)), idle=20) == [SHORTEST] * 20


async def test_after_that_pauses_double_up_to_the_longest():
    assert pauses(a_runner(alert=timedelta()), idle=6) == [0.01, 0.02, 0.04, 0.08, LONGEST, LONGEST]


async def test_a_full_batch_is_followed_by_the_next_at_once():
    assert a_runner(alert=timedelta())._pause(LONGEST, worked=Pace().batch, took=0.5) == 0


async def test_work_is_followed_by_three_times_its_rest_within_limits():
    runner = a_runner(alert=timedelta())

    assert [runner._pause(LONGEST, worked=1, took=took) for took in (0.001, 0.01, 1.0)] == [
        SHORTEST,
        0.03,
        LONGEST,
    ]
