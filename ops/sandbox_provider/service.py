"""A running provider: storage, clock, courier, and how a merchant's call meets its scripted faults."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

from ops.sandbox_provider.courier import Courier
from ops.sandbox_provider.database import Database
from ops.sandbox_provider.faults import DEFAULT_HOLD, Fault, FaultKind, Operation, Subject, strike
from ops.sandbox_provider.payments import RefusedError
from ops.sandbox_provider.settings import ProviderSettings

Result = TypeVar("Result")

_TOLD_BY_CALLBACKS: Final = frozenset({Operation.CANCEL, Operation.REFUND})


class Provider:
    """Everything that the routes share. Start with `start`, end with `stop`."""

    def __init__(self, settings: ProviderSettings, now: Callable[[], datetime] | None = None) -> None:
        """Open the storage; `now` is the provider's clock (UTC)."""
        self.settings = settings
        self.now = now or _wall_clock
        self.database = Database(settings.data)
        self.courier = Courier(self.database, settings, self.now)
        self._sending: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    @property
    def sends(self) -> bool:
        """Whether the courier is at work; when it has died, the provider is not healthy."""
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

    async def merchant_call(
        self,
        operation: Operation,
        payment_key: str,
        work: Callable[[sqlite3.Connection, datetime], Result],
        order_id: str | None = None,
    ) -> Result:
        """Do `work` in one transaction, unless a fault makes the provider unavailable; then maybe withhold.

        `order_id` None: looked up by the payment. Raises `RefusedError` (503) while unavailable.
        """
        now = self.now()

        def transaction(connection: sqlite3.Connection) -> tuple[Result | RefusedError, Fault | None]:
            subject = Subject(payment_key, order_id or _order_of(connection, payment_key))
            if strike(connection, FaultKind.UNAVAILABLE, subject, operation):
                # Returned, not raised: raising would roll back the strike and the fault would never end.
                return RefusedError(503, "unavailable", "scripted: try again"), None
            hold = None
            if operation is not Operation.QUERY:
                hold = strike(connection, FaultKind.EXECUTE_THEN_TIMEOUT, subject, operation)
            return work(connection, now), hold

        result, hold = await self.database.run(transaction)
        if operation in _TOLD_BY_CALLBACKS:
            self.courier.wake()
        if hold is not None:
            await self._withhold(hold)
        if isinstance(result, RefusedError):
            raise result
        return result

    async def _withhold(self, fault: Fault) -> None:
        seconds = (fault.number or DEFAULT_HOLD) / 1000
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _order_of(connection: sqlite3.Connection, payment_key: str) -> str:
    row = connection.execute("SELECT order_id FROM payments WHERE key = ?", (payment_key,)).fetchone()
    return "" if row is None else str(row["order_id"])


def _wall_clock() -> datetime:
    return datetime.now(UTC)
