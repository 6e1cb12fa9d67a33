"""Notices early that Temporal is away, so that callers need not wait their whole patience for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final, TypeVar

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

Answer = TypeVar("Answer")
_FIRST_DOUBT: Final = 0.5
"""Seconds without an answer before anything is asked; most answers are here by then, at no extra cost."""
_NEXT_DOUBT: Final = 1.0
_PROBE: Final = timedelta(seconds=1)


class TemporalAwayError(Exception):
    """Nobody listens at Temporal's address."""


async def unless_away(client: Client, call: Coroutine[Any, Any, Answer]) -> Answer:
    """The call's answer. Raises `TemporalAwayError` once the connection is known to be refused.

    The SDK repeats a call for as long as it may; that is right for a slow server, and a waste of the caller's
    time when there is none. What the given up call has done is unknown, as after a time-out.
    """
    running = asyncio.ensure_future(call)
    try:
        done, _ = await asyncio.wait({running}, timeout=_FIRST_DOUBT)
        while not done:
            if await _is_away(client):
                raise TemporalAwayError
            done, _ = await asyncio.wait({running}, timeout=_NEXT_DOUBT)
        return running.result()
    finally:
        running.cancel()
        running.add_done_callback(_forget)


def _forget(given_up: asyncio.Future[Any]) -> None:
    # The SDK answers a cancellation with an error of its own; unheard, it would be logged at collection.
    if not given_up.cancelled():
        given_up.exception()


async def _is_away(client: Client) -> bool:
    try:
        await client.service_client.check_health(timeout=_PROBE)
    except RPCError as error:
        return error.status is RPCStatusCode.UNAVAILABLE
    except RuntimeError:  # a lazy client that has never been connected
        return True
    return False
