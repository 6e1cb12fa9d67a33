"""A subscription that keeps a session with its broker going: again after what passes, ended by what stays."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from adapters.brokers.lanes import Lanes

_LOG = logging.getLogger(__name__)
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0
HANDLER_SECONDS: Final = 5.0  # for the call that runs when a subscription ends
CANCEL_AGAIN_SECONDS: Final = 0.2
LEAVING_SECONDS: Final = 10.0  # for the whole end of a session
DEFECTS_IN_A_ROW: Final = (
    3  # of a client as well: what its broker's death brings to light may never come again
)
GOOD_SECONDS: Final = 60.0  # a session of this length ends the row

# Runs until the event is set, then ends in order. Calls the function when it has reached its broker.
Session = Callable[[asyncio.Event, Callable[[], None]], Awaitable[None]]


class RunningSubscription:
    """`domain.ports.brokers.Subscription` over sessions. Another is tried after an error that `passes`.

    Any other error ends it when it comes several times in a row.
    """

    def __init__(self, name: str, session: Session, passes: Callable[[Exception], bool]) -> None:
        self._name = name
        self._session = session
        self._passes = passes
        self._stop = asyncio.Event()
        self._pause = FIRST_PAUSE_SECONDS
        self._defects = 0
        self._ready = False
        self._failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def unsubscribe(self) -> None:
        """End the session in order, or cut it when that takes too long; at once one that only begins."""
        self._stop.set()
        if self._ready:
            await asyncio.wait({self._task}, timeout=LEAVING_SECONDS)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def failure(self) -> Exception:
        """Wait for the defect that ended it."""
        return await asyncio.shield(self._failed)

    async def _run(self) -> None:
        while not self._stop.is_set():
            began, self._ready = time.monotonic(), False
            try:
                await self._session(self._stop, self._connected)
            except asyncio.CancelledError:
                if (task := asyncio.current_task()) is None or task.cancelling():
                    raise
                # Nobody cancelled us: a client let the end of one of its own tasks through.
                _LOG.warning("%s: the client was cut short, again in a moment", self._name)
            except Exception as error:  # noqa: BLE001 - what stays is told by `failure`
                if self._stays(error, time.monotonic() - began):
                    _LOG.exception("%s has ended", self._name)
                    self._failed.set_result(error)
                    return
            else:
                continue
            self._ready = False
            await self._rest()

    def _stays(self, error: Exception, seconds: float) -> bool:
        """Whether another session would not get on either; tells of the error when it might."""
        if self._passes(error):
            _LOG.warning("%s: the broker is away, again in a moment: %s", self._name, error)
            return False
        self._defects = 1 if seconds > GOOD_SECONDS else self._defects + 1
        if self._defects >= DEFECTS_IN_A_ROW:
            return True
        _LOG.error("%s: again in a moment after what should not be", self._name, exc_info=error)
        return False

    def _connected(self) -> None:
        self._ready = True
        self._pause = FIRST_PAUSE_SECONDS

    async def _rest(self) -> None:
        # Of different length, so that the members of a group do not come back in step.
        pause = self._pause * random.uniform(0.5, 1.0)  # noqa: S311
        self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._stop.wait()


async def work_together(stop: asyncio.Event, lanes: Lanes[Any], *work: Coroutine[Any, Any, None]) -> None:
    """Run lanes and what feeds them until `stop`, or until one of them fails; the failure is raised.

    At the end the handler's call in progress may finish, for a bounded time.
    """
    tasks = [asyncio.ensure_future(one) for one in (lanes.run(), *work)]
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({*tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            lanes.stop()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HANDLER_SECONDS):
                    await lanes.idle.wait()
    finally:
        await _end({stopped, *tasks})
    # All are asked, so that none is reported as never heard; the first is the one that others followed.
    errors = [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]
    if errors:
        raise errors[0]


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel until all have ended: a client may swallow a cancellation that comes together with an answer."""
    waiting = {task for task in tasks if not task.done()}
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=CANCEL_AGAIN_SECONDS)
