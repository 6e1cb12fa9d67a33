"""Times of the price book: one with its zone that the calendar has, or a refusal that names the field."""

from datetime import UTC, datetime

import pytest

from domain.errors import InvalidValueError
from domain.pricing.fields import moment


def test_a_time_is_read_as_the_same_moment_in_utc():
    assert moment("2026-05-01T08:00:00+08:00", "starts_at") == datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-05-01T00:00:00",
        "2026-02-30T00:00:00Z",
        "soon",
        1_777_593_600,
        None,
    ],
)
def test_a_time_that_is_none_in_utc_is_refused(value):
    with pytest.raises(InvalidValueError) as refused:
        moment(value, "starts_at")

    assert refused.value.facts == {"field": "starts_at", "rule": "a time with its zone"}
