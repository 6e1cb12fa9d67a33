"""What keeps every subscription going, whatever its client lets through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from adapters.brokers import running
from adapters.brokers.running import DEFECTS_IN_A_ROW, RunningSubscription


class LostConnectionError(Exception):
    """Passes."""


def passes(error: Exception) -> bool:
    return isinstance(error, LostConnectionError)


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(running, "LONGEST_PAUSE_SECONDS", 0.002)


class Sessions:
    """Each fails by the next error; the one after the last works until it is stopped."""

    def __init__(self, *errors: BaseException) -> None:
        self._errors: Iterator[BaseException] = iter(errors)
        self.begun = 0
        self.works = asyncio.Event()

    async def __call__(self, stop: asyncio.Event, connected: Callable[[], None]) -> None:
        self.begun += 1
        connected()
        if (error := next(self._errors, None)) is not None:
            raise error
        self.works.set()
        await stop.wait()


@pytest.mark.parametrize(
    "errors",
    [
        [LostConnectionError()] * 20,
        # As from a client whose broker died: seen once, and never again.
        [RuntimeError("the handler is closed"), AssertionError()],
        [asyncio.CancelledError()] * 5,
    ],
    ids=["away", "odd", "cut short"],
)
async def test_a_subscription_goes_on_after_what_its_client_throws(errors: list[BaseException]) -> None:
    sessions = Sessions(*errors)
    subscription = RunningSubscription("stock", sessions, passes)

    await asyncio.wait_for(sessions.works.wait(), 5)

    assert sessions.begun == len(errors) + 1
    await subscription.unsubscribe()


async def test_what_fails_again_and_again_is_a_defect_and_is_told() -> None:
    defect = RuntimeError("a defect")
    sessions = Sessions(*[defect] * 10)
    subscription = RunningSubscription("stock", sessions, passes)

    assert await asyncio.wait_for(subscription.failure(), 5) is defect

    assert sessions.begun == DEFECTS_IN_A_ROW
    await subscription.unsubscribe()


async def test_one_that_has_not_reached_its_broker_ends_at_once() -> None:
    async def never(stop: asyncio.Event, connected: Callable[[], None]) -> None:
        del stop, connected
        await asyncio.Event().wait()

    subscription = RunningSubscription("stock", never, passes)
    await asyncio.sleep(0)
    started = time.monotonic()

    await subscription.unsubscribe()

    assert time.monotonic() - started < 1
