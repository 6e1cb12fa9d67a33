"""The brake and the stop-watch."""

import time

from ops.replay.pace import Brake, percentile


async def test_the_brake_lets_no_more_begin_than_it_should():
    brake, began = Brake(100.0), time.monotonic()
    for _ in range(11):
        await brake.wait()
    assert time.monotonic() - began >= 0.1


def test_percentiles_are_values_that_were_seen():
    values = [float(number) for number in range(100, 0, -1)]
    assert (percentile(values, 50), percentile(values, 99), percentile([7.0], 99)) == (50.0, 99.0, 7.0)
    assert percentile([], 50) == 0.0
