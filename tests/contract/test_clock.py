"""What every clock and every source of ids promises. The machine's are the only ones that run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.clock import RandomIds, SystemClock
from domain.order.number import is_order_number, order_number
from domain.ports.clock import Clock, Ids


def test_the_clock_tells_utc() -> None:
    clock: Clock = SystemClock()

    now = clock.now()

    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


def test_ids_are_prefixed_and_never_come_twice() -> None:
    ids: Ids = RandomIds()

    made = {ids.new("ord") for _ in range(10_000)}

    assert len(made) == 10_000
    assert all(each.startswith("ord_") and len(each) == 26 for each in made)


def test_ids_are_opaque_words_that_fit_into_a_path() -> None:
    made = RandomIds().new("snap")

    assert made.replace("-", "").replace("_", "").isalnum()
    assert made.isascii()


def test_entropy_makes_order_numbers_that_differ() -> None:
    ids: Ids = RandomIds()

    numbers = {order_number(ids.entropy()) for _ in range(1_000)}

    assert len(numbers) == 1_000
    assert all(is_order_number(number) for number in numbers)
