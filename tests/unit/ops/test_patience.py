"""A Temporal server that is busy ends nobody; one that refuses is believed at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from temporalio.service import RPCError, RPCStatusCode

import worker
from adapters.settings import Settings
from ops.patience import PASSING, patiently

BOUND = 5.0


def failing(*statuses: RPCStatusCode) -> Callable[[], Awaitable[str]]:
    """Fails with these, one after the other, and then succeeds."""
    left = list(statuses)

    async def work() -> str:
        if left:
            raise RPCError("Timeout expired", left.pop(0), b"")
        return "done"

    return work


async def test_what_cannot_be_done_now_is_done_later() -> None:
    async with asyncio.timeout(BOUND):
        assert await patiently("schedules", failing(*PASSING), first_pause=0.0) == "done"


@pytest.mark.parametrize("status", [status for status in RPCStatusCode if status not in PASSING])
async def test_a_refusal_is_raised_at_once(status: RPCStatusCode) -> None:
    work = failing(status)

    with pytest.raises(RPCError):
        await patiently("schedules", work)

    assert await work() == "done", "it was asked once more"


async def test_a_cancelled_wait_ends_although_the_sdk_says_it_in_its_own_words() -> None:
    asked = asyncio.Event()

    async def work() -> str:
        asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RPCError("Timeout expired", RPCStatusCode.CANCELLED, b"") from None
        return "never"

    waiting = asyncio.create_task(patiently("schedules", work))
    await asked.wait()
    waiting.cancel()

    async with asyncio.timeout(BOUND):
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_a_worker_goes_on_while_temporal_is_too_busy_for_its_schedules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = asyncio.Event()

    async def busy(*_: object) -> None:
        asked.set()
        raise RPCError("Timeout expired", RPCStatusCode.DEADLINE_EXCEEDED, b"")

    monkeypatch.setattr(worker, "ensure_schedules", busy)
    process = worker.WorkerProcess(Settings(_env_file=None))
    working = asyncio.create_task(process._see_to_schedules(None, "orders"))  # type: ignore[arg-type]
    await asked.wait()
    await asyncio.sleep(0)
    assert not working.done()

    process._stop.set()

    async with asyncio.timeout(BOUND):
        await working
