"""The running carrier: how a merchant's call finds its parcel's faults, and the loop that works by itself."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from ops.sandbox.database import Database
from ops.sandbox.faults import Subject
from ops.sandbox.service import RefusedError, SandboxService
from ops.sandbox_carrier import auto
from ops.sandbox_carrier.auto import Pace
from ops.sandbox_carrier.database import SCHEMA
from ops.sandbox_carrier.journal import OUTBOX
from ops.sandbox_carrier.settings import CarrierSettings
from ops.sandbox_carrier.words import Operation, about

Result = TypeVar("Result")

_LONGEST_REST: Final = timedelta(seconds=30)


class CarrierService(SandboxService):
    """Everything that the carrier's routes share."""

    def __init__(self, settings: CarrierSettings, now: Callable[[], datetime] | None = None) -> None:
        """Open the storage; `now` is the carrier's clock (UTC)."""
        super().__init__(Database(settings.data, SCHEMA), OUTBOX, settings.sending, now)
        self._working: asyncio.Task[None] | None = None
        self._something_new = asyncio.Event()

    @property
    def sends(self) -> bool:
        """Whether the courier and the loop are at work."""
        return super().sends and self._working is not None and not self._working.done()

    async def start(self) -> None:
        """Begin to send, and to work by itself if it was told to."""
        await super().start()
        self._working = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop working, then as every service."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
        await super().stop()

    async def set_pace(self, pace: Pace | None) -> None:
        """Work by itself at that pace; None: do only what is asked."""
        await self.database.run(partial(auto.set_pace, pace=pace))
        self._something_new.set()

    async def merchant_call(
        self,
        operation: Operation,
        shipment_id: str,
        work: Callable[[sqlite3.Connection, datetime], Result | RefusedError],
        order_number: str | None = None,
    ) -> Result:
        """Do `work` as `SandboxService.call` does. `order_number` None: looked up by the shipment."""

        def subject(connection: sqlite3.Connection) -> Subject:
            return about(shipment_id, order_number or _order_of(connection, shipment_id))

        changes = operation is not Operation.TRACK
        result = await self.call(operation, subject, work, changes=changes)
        if changes:
            self._something_new.set()
        return result

    async def happen(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """As every service; what was fetched by hand may be due for delivery sooner than thought."""
        result = await super().happen(work)
        self._something_new.set()
        return result

    async def _work(self) -> None:
        while True:
            self._something_new.clear()
            now = self.now()
            again = await super().happen(partial(auto.work, now=now))
            rest = min(again - now, _LONGEST_REST) if again else _LONGEST_REST
            try:
                await asyncio.wait_for(self._something_new.wait(), max(rest.total_seconds(), 0))
            except TimeoutError:
                continue


def _order_of(connection: sqlite3.Connection, shipment_id: str) -> str:
    row = connection.execute(
        "SELECT order_number FROM parcels WHERE shipment_id = ?", (shipment_id,)
    ).fetchone()
    return "" if row is None else str(row["order_number"])
