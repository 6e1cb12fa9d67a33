"""Patience with Temporal: what it cannot do now is asked for again, what it refuses is raised."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from temporalio.service import RPCError, RPCStatusCode

from workflows.reaching import go_on_being_cancelled

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0
# A time-out of the client's own comes as CANCELLED.
PASSING: Final = frozenset(
    {
        RPCStatusCode.CANCELLED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.ABORTED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.UNKNOWN,
        RPCStatusCode.UNAVAILABLE,
    }
)


async def patiently(what: str, work: Callable[[], Awaitable[_T]], *, first_pause: float = _FIRST_PAUSE) -> _T:
    """What `work` gives, which may be done any number of times; `what` is its name in the log.

    Ends only by success, by being cancelled, or by an `RPCError` that no waiting mends. `first_pause` is in
    seconds and doubles, up to ten.
    """
    pause = first_pause
    while True:
        try:
            return await work()
        except RPCError as error:
            go_on_being_cancelled()
            if error.status not in PASSING:
                raise
            _log.warning("%s: Temporal cannot now (%s), trying again in %.1f s", what, error.message, pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
