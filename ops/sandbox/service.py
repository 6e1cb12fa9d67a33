"""A running sandbox service: storage, clock, courier, and how a call meets its scripted faults."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from ops.sandbox.courier import Courier
from ops.sandbox.database import Database
from ops.sandbox.faults import DEFAULT_HOLD, CallFault, Fault, Subject, strike
from ops.sandbox.instants import wall_clock
from ops.sandbox.outbox import Outbox
from ops.sandbox.sending import Sending

Result = TypeVar("Result")


class RefusedError(Exception):
    """A service's no. `status` is the HTTP status, `code` a stable slug, `detail` what to change."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        """Keep all three; the edge turns them into an answer."""
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class SandboxService:
    """Everything that a service's routes share. Start with `start`, end with `stop`."""

    def __init__(
        self,
        database: Database,
        waiting: Outbox,
        sending: Sending,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`waiting` says which callbacks are due; `now` is the service's clock (UTC)."""
        self.now = now or wall_clock
        self.database = database
        self.courier = Courier(database, waiting, sending, self.now)
        self._sending: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    @property
    def sends(self) -> bool:
        """Whether the courier is at work; when it has died, the service is not healthy."""
        return self._sending is not None and not self._sending.done()

    async def start(self) -> None:
        """Begin to send what is due, also what an earlier process left."""
        self._sending = asyncio.create_task(self.courier.run())

    async def stop(self) -> None:
        """Let withheld answers go, stop sending, close the storage."""
        self._stopping.set()
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        self.database.close()

    async def call(
        self,
        operation: StrEnum,
        subject_of: Callable[[sqlite3.Connection], Subject],
        work: Callable[[sqlite3.Connection, datetime], Result | RefusedError],
        *,
        changes: bool,
    ) -> Result:
        """Do `work` in one transaction, unless a fault makes the service unavailable; then maybe withhold.

        Only a call that `changes` something can be executed and then time out. Raises `RefusedError`, 503
        while unavailable. A refusal that `work` returns keeps what it wrote, one that it raises does not.
        """
        now = self.now()

        def transaction(connection: sqlite3.Connection) -> tuple[Result | RefusedError, Fault | None]:
            subject = subject_of(connection)
            if strike(connection, CallFault.UNAVAILABLE, subject, operation):
                # Returned, not raised: raising would roll back the strike and the fault would never end.
                return RefusedError(503, "unavailable", "scripted: try again"), None
            hold = strike(connection, CallFault.EXECUTE_THEN_TIMEOUT, subject, operation) if changes else None
            return work(connection, now), hold

        result, hold = await self.database.run(transaction)
        if changes:
            self.courier.wake()
        if hold is not None:
            await self._withhold(hold)
        if isinstance(result, RefusedError):
            raise result
        return result

    async def happen(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do something of which nobody asked us, in one transaction, and tell of it by callbacks."""
        result = await self.database.run(work)
        self.courier.wake()
        return result

    async def _withhold(self, fault: Fault) -> None:
        seconds = (fault.number or DEFAULT_HOLD) / 1000
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
