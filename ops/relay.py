"""Does again what was accepted and not finished: starts orders, delivers callbacks; forgets what was answered
long ago.

Runs inside the worker process and not on a schedule: it must work while Temporal is away. Every loop takes
bounded batches, backs off while something is away, and never ends by an error.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from domain.ports.clock import Clock
from domain.ports.intake import ANSWERS_KEPT, IntakeEntry, OrderIntake, RequestLog
from domain.ports.notices import Alert, AlertLevel, Notices
from domain.ports.payments import CallbackInbox, InboxEntry
from workflows.client import OrderWorkflows, WorkflowUnavailableError
from workflows.starting import Windows, order_start

_log = logging.getLogger(__name__)

_STARTS: Final = 50
_STARTS_AT_ONCE: Final = 8
_CALLBACKS: Final = 100
_CALLBACKS_AT_ONCE: Final = 8
_REQUESTS: Final = 1_000
_BETWEEN_PURGES: Final = 60.0
# The API delivers a callback itself; here comes what it did not.
_CALLBACK_GRACE: Final = timedelta(seconds=2)
_FIRST_POSTPONE: Final = timedelta(seconds=1)
_LONGEST_POSTPONE: Final = timedelta(minutes=5)
# After this many tries (about half an hour) a callback that belongs to no order is a matter for a person.
_TRIES_BEFORE_ALERT: Final = 12
_LONGEST_BACK_OFF: Final = 5.0


class RelayPorts(Protocol):
    """The ports that the loops need; `adapters.wiring.Adapters` has them."""

    @property
    def clock(self) -> Clock:
        """The server's clock."""
        ...

    @property
    def intake(self) -> OrderIntake:
        """Accepted orders."""
        ...

    @property
    def requests(self) -> RequestLog:
        """First answers of other requests."""
        ...

    @property
    def inbox(self) -> CallbackInbox:
        """Stored callbacks."""
        ...

    @property
    def notices(self) -> Notices:
        """People on duty."""
        ...


class RelaySettings(Windows, Protocol):
    """The part of the settings that the loops need."""

    @property
    def relay_grace_seconds(self) -> float:
        """How long an accepted order is left to the API before it is started here."""
        ...

    @property
    def payment_task_queue(self) -> str:
        """Where payment activities run."""
        ...


@dataclass(frozen=True, slots=True)
class Loop:
    """One job: `work` does a batch and says how many things it did, at most `batch`."""

    name: str
    work: Callable[[], Awaitable[int]]
    batch: int
    pause: float = 1.0


class Relay:
    """The loops over one set of ports. `run` ends only when it is cancelled."""

    def __init__(self, ports: RelayPorts, workflows: OrderWorkflows, settings: RelaySettings) -> None:
        self._ports = ports
        self._workflows = workflows
        self._settings = settings

    async def run(self) -> None:
        """Run all loops side by side."""
        loops = (
            Loop("orders started", self.start_orders, _STARTS),
            Loop("callbacks delivered", self.deliver_callbacks, _CALLBACKS),
            Loop("old requests forgotten", self.forget_requests, _REQUESTS, _BETWEEN_PURGES),
        )
        async with asyncio.TaskGroup() as group:
            for loop in loops:
                group.create_task(keep_going(loop), name=loop.name)

    async def start_orders(self) -> int:
        """Start the workflows of accepted orders that have none. Raises `WorkflowUnavailableError`."""
        before = self._ports.clock.now() - timedelta(seconds=self._settings.relay_grace_seconds)
        entries = await self._ports.intake.not_started(before=before, limit=_STARTS)
        await _side_by_side([self._start(entry) for entry in entries], _STARTS_AT_ONCE)
        return len(entries)

    async def deliver_callbacks(self) -> int:
        """Tell orders what their provider said and they have not heard. Raises `WorkflowUnavailableError`."""
        before = self._ports.clock.now() - _CALLBACK_GRACE
        entries = await self._ports.inbox.waiting(before=before, limit=_CALLBACKS)
        payments: dict[str, list[InboxEntry]] = defaultdict(list)
        for entry in entries:
            payments[entry.fact.payment_key].append(entry)
        await _side_by_side([self._deliver_all(told) for told in payments.values()], _CALLBACKS_AT_ONCE)
        return len(entries)

    async def forget_requests(self) -> int:
        """Forget answers that were kept for as long as was promised."""
        return await self._ports.requests.purge(self._ports.clock.now() - ANSWERS_KEPT, _REQUESTS)

    async def _start(self, entry: IntakeEntry) -> None:
        start = order_start(entry, self._settings, self._settings.payment_task_queue)
        await self._workflows.start(start)
        await self._ports.intake.mark_started(entry.order_id)

    async def _deliver_all(self, told: Sequence[InboxEntry]) -> None:
        # One payment's in the order in which they came: any order is right, and this one surprises nobody.
        for entry in told:
            await self._deliver(entry)

    async def _deliver(self, entry: InboxEntry) -> None:
        fact = entry.fact
        try:
            if entry.order_id is None:
                await self._wait_for_its_order(entry)
                return
            await self._workflows.report_payment(entry.order_id, fact)
        except WorkflowUnavailableError:
            await self._postpone(entry)
            raise
        await self._ports.inbox.delivered(fact.provider, fact.event_id, self._ports.clock.now())

    async def _wait_for_its_order(self, entry: InboxEntry) -> None:
        fact = entry.fact
        if entry.attempts == _TRIES_BEFORE_ALERT:
            key = f"unknown_payment:{fact.provider}:{fact.event_id}"
            facts = (("payment_key", fact.payment_key), ("kind", fact.kind.value))
            await self._ports.notices.raise_alert(
                Alert(key, AlertLevel.HIGH, "payment_for_unknown_order", "", facts)
            )
        await self._postpone(entry)

    async def _postpone(self, entry: InboxEntry) -> None:
        doublings = min(entry.attempts, 20)
        pause = min(_FIRST_POSTPONE * 2**doublings, _LONGEST_POSTPONE)
        until = self._ports.clock.now() + pause
        await self._ports.inbox.postponed(entry.fact.provider, entry.fact.event_id, until)


async def keep_going(loop: Loop) -> None:
    """Do batch after batch: at once while there is more, after a pause when not, slower after errors."""
    failures = 0
    while True:
        try:
            done = await loop.work()
        except Exception as error:  # noqa: BLE001 - whatever is away today, the loop must be there tomorrow
            failures += 1
            # A group of failures is one cause seen many times.
            cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            _log.warning("%s: trying again: %s: %s", loop.name, type(cause).__name__, cause)
            await asyncio.sleep(min(loop.pause * 2 ** min(failures, 10), _LONGEST_BACK_OFF))
            continue
        failures = 0
        if done:
            _log.info("%s: %d", loop.name, done)
        if done < loop.batch:
            await asyncio.sleep(loop.pause)


async def _side_by_side(jobs: list[Awaitable[None]], at_once: int) -> None:
    """Do all jobs, a few at a time; the rest go on when one fails. Raises `ExceptionGroup` at the end."""
    gate = asyncio.Semaphore(at_once)

    async def one(job: Awaitable[None]) -> None:
        async with gate:
            await job

    results = await asyncio.gather(*(one(job) for job in jobs), return_exceptions=True)
    failed = [result for result in results if isinstance(result, Exception)]
    if failed:
        raise ExceptionGroup("some jobs failed", failed)
