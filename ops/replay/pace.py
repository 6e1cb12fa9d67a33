"""How fast a replay goes: the brake, and the clock that says how long answers took. Sends nothing."""

import asyncio
import time
from collections.abc import Sequence

_P50, _P99 = 50, 99


class Brake:
    """Lets at most ``rate`` steps a second begin, evenly; None lets everything through."""

    def __init__(self, rate: float | None) -> None:
        """Nothing has begun."""
        self._gap = 0.0 if rate is None else 1 / rate
        self._next = 0.0

    async def wait(self) -> None:
        """Return when the next step may begin. Time that nobody used is not saved up."""
        now = time.monotonic()
        start = max(now, self._next)
        self._next = start + self._gap
        if start > now:
            await asyncio.sleep(start - now)


class StopWatch:
    """Seconds that each first answer to an order took."""

    def __init__(self) -> None:
        """The clock starts now."""
        self._began = time.monotonic()
        self._seconds: list[float] = []

    def took(self, seconds: float) -> None:
        """One more answer."""
        self._seconds.append(seconds)

    @property
    def answers(self) -> int:
        """How many there were."""
        return len(self._seconds)

    @property
    def per_second(self) -> float:
        """Answers a second since the beginning."""
        return len(self._seconds) / max(time.monotonic() - self._began, 1e-9)

    @property
    def p50(self) -> float:
        """Half of the answers took no longer; 0 without answers."""
        return percentile(self._seconds, _P50)

    @property
    def p99(self) -> float:
        """All but one in a hundred took no longer; 0 without answers."""
        return percentile(self._seconds, _P99)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least ``percent`` of a hundred do not exceed (nearest rank); 0 for none."""
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1] if values else 0.0
