"""What must be undone when an order ends early: a stack of inverses. It knows names, not meanings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows import policies

Inverse = Callable[[], Awaitable[None]]
_T = TypeVar("_T")


class NeedsPersonError(Exception):
    """An inverse was refused for good: trying again cannot help. The argument is a slug."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was begun, by its business name, and how to take it back, repeatedly if need be."""

    name: str
    inverse: Inverse


class Compensations:
    """Inverses in order of pushing; `run` takes them back newest first.

    Push before the act: an act whose answer never came may have happened. One failure does not stop the
    rest; each is reported once to `on_failure` with its name, tried again with growing pauses, and
    `on_success` hears when it has worked after all.
    """

    def __init__(self, on_failure: Callable[[str, str], None], on_success: Callable[[str], None]) -> None:
        self._steps: list[Step] = []
        self._on_failure = on_failure
        self._on_success = on_success

    @property
    def names(self) -> tuple[str, ...]:
        """What would be undone, newest first."""
        return tuple(step.name for step in reversed(self._steps))

    def push(self, name: str, inverse: Inverse) -> None:
        """Remember how to take `name` back; pushing the same name again changes nothing."""
        if name not in self.names:
            self._steps.append(Step(name, inverse))

    async def run(self) -> None:
        """Take everything back. Finishes even when whoever waits for it is cancelled."""
        await carry_through(self._run())

    async def insist(self, step: Step) -> None:
        """Do one step, again and again within bounds; for things that are owed while the order lives."""
        if not await self._done(step, first=True):
            await self._again([step])

    async def _run(self) -> None:
        failed = []
        while self._steps:
            step = self._steps.pop()
            if not await self._done(step, first=True):
                failed.append(step)
        await self._again(failed)

    async def _again(self, failed: list[Step]) -> None:
        for failures in range(1, policies.MONEY_ROUNDS + 1):
            if not failed:
                return
            pause = policies.pause_after(failures, policies.MONEY_FIRST_PAUSE, policies.MONEY_LONGEST_PAUSE)
            await workflow.sleep(pause, summary=f"again: {', '.join(step.name for step in failed)}")
            failed = [step for step in failed if not await self._done(step, first=False)]
        for step in failed:
            self._on_failure(step.name, "given_up")

    async def _done(self, step: Step, *, first: bool) -> bool:
        """True when there is no use in trying again."""
        try:
            await step.inverse()
        except NeedsPersonError as refused:
            self._on_failure(step.name, str(refused))
            return True
        except FailureError:
            if first:
                self._on_failure(step.name, "not_yet")
            return False
        if not first:
            self._on_success(step.name)
        return True


async def carry_through(work: Coroutine[Any, Any, _T], on_cancel: Callable[[], None] | None = None) -> _T:
    """Do `work` to its end although the caller is cancelled meanwhile; `on_cancel` then hears of it.

    A cancelled workflow would otherwise drop the activity it waits for, and nobody could say whether the
    goods are held or the money was taken.
    """
    task = asyncio.create_task(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if on_cancel is not None:
                on_cancel()
    return task.result()
