"""Opens payments no faster than a provider bears, in one worker. Other activities pass at once."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any, Final

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

PACED: Final = "request_payment"
TOO_EARLY: Final = "payment_requests_wait"
# Whoever would wait for longer gives its slot back and comes again; a buyer waits for the answer.
LONGEST_TURN: Final = 1.0
# That much of a second may come at once: checkouts come in bunches.
_BUNCH: Final = 0.1


class Pace:
    """Turns, at most so many in a second on the long run."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._next = 0.0

    def turn(self, now: float) -> float:
        """Seconds until the next turn, at `now` of a clock in seconds. It is taken unless it is far off."""
        at = max(self._next, now - _BUNCH)
        if at - now <= LONGEST_TURN:
            self._next = at + self._gap
        return max(0.0, at - now)


class PacedRequests(Interceptor):
    """Bounds `request_payment`, which shares its queue with everything of an order but its other payments."""

    def __init__(self, per_second: float) -> None:
        self._pace = Pace(per_second)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Around every activity of the worker."""
        return _Paced(next, self._pace)


class _Paced(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, pace: Pace) -> None:
        super().__init__(following)
        self._pace = pace

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        """Raise `ApplicationError("payment_requests_wait")`, to be repeated, when its turn is far off."""
        if activity.info().activity_type == PACED:
            await self._take_turn()
        return await self.next.execute_activity(input)

    async def _take_turn(self) -> None:
        wait = self._pace.turn(time.monotonic())
        if wait > LONGEST_TURN:
            raise ApplicationError(
                "too many payments are being opened",
                type=TOO_EARLY,
                next_retry_delay=timedelta(seconds=wait),
                category=ApplicationErrorCategory.BENIGN,
            )
        await asyncio.sleep(wait)
