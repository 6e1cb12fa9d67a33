"""When what happened is stated."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.settlement.cycles import period_of, stated_in
from domain.settlement.terms import Cycle

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
moments = st.integers(0, 200 * 365 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("cycle", "moment", "name", "end", "due"),
    [
        (Cycle.NEXT_DAY, "2026-11-20T00:00", "2026-11-20", "2026-11-21T00:00", "2026-11-21T00:00"),
        (Cycle.NEXT_DAY, "2026-12-31T23:59", "2026-12-31", "2027-01-01T00:00", "2027-01-01T00:00"),
        (Cycle.WEEK_LATER, "2026-11-20T13:00", "2026-11-20", "2026-11-21T00:00", "2026-11-27T00:00"),
        (Cycle.MONTHLY, "2026-02-28T23:59", "2026-02", "2026-03-01T00:00", "2026-03-01T00:00"),
        (Cycle.MONTHLY, "2024-02-29T12:00", "2024-02", "2024-03-01T00:00", "2024-03-01T00:00"),
        (Cycle.MONTHLY, "2026-12-01T00:00", "2026-12", "2027-01-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_days_and_months_are_those_of_utc(cycle, moment, name, end, due):
    period = period_of(cycle, at(moment))

    assert (period.name, period.end, period.due) == (name, at(end), at(due))


@given(st.sampled_from(Cycle), moments)
def test_every_moment_lies_in_exactly_one_period_and_periods_follow_each_other(cycle, moment):
    period = period_of(cycle, moment)

    assert period.start <= moment < period.end <= period.due
    assert period_of(cycle, period.start) == period
    assert period_of(cycle, period.end).start == period.end
    assert period_of(cycle, period.end).name > period.name


@given(st.sampled_from(Cycle), moments, st.integers(0, 4))
def test_late_entries_go_to_the_first_period_that_is_not_drawn(cycle, moment, several):
    drawn, period = [], period_of(cycle, moment)
    for _ in range(several):
        drawn.append(period.name)
        period = period_of(cycle, period.end)

    assert stated_in(cycle, moment, drawn, period.due) == period
    assert stated_in(cycle, moment, drawn, period.due - timedelta(microseconds=1)) is None
