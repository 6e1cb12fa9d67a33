"""The machine's clock and ids."""

from datetime import UTC, datetime, timedelta

from adapters.clock import RandomIds, SystemClock


def test_the_clock_tells_the_time_in_utc() -> None:
    now = SystemClock().now()

    assert now.tzinfo is UTC
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)


def test_ids_name_their_kind_and_never_repeat() -> None:
    ids = RandomIds()

    made = {ids.new("ord") for _ in range(1_000)}

    assert len(made) == 1_000
    assert all(one.startswith("ord_") and len(one) >= len("ord_") + 120 // 6 for one in made)


def test_entropy_has_64_bits() -> None:
    drawn = [RandomIds().entropy() for _ in range(1_000)]

    assert all(0 <= number < 2**64 for number in drawn)
    assert max(drawn) >= 2**60  # all 1,000 below has a chance of 1e-1204
