"""The running provider: how a merchant's call finds the payment that its scripted faults are about."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from ops.sandbox.database import Database
from ops.sandbox.faults import Subject
from ops.sandbox.service import RefusedError, SandboxService
from ops.sandbox_provider.database import SCHEMA
from ops.sandbox_provider.journal import OUTBOX
from ops.sandbox_provider.settings import ProviderSettings
from ops.sandbox_provider.words import Operation, about

Result = TypeVar("Result")


class Provider(SandboxService):
    """Everything that the provider's routes share."""

    def __init__(self, settings: ProviderSettings, now: Callable[[], datetime] | None = None) -> None:
        """Open the storage; `now` is the provider's clock (UTC)."""
        super().__init__(Database(settings.data, SCHEMA), OUTBOX, settings.sending, now)
        self.settings = settings

    async def merchant_call(
        self,
        operation: Operation,
        payment_key: str,
        work: Callable[[sqlite3.Connection, datetime], Result | RefusedError],
        order_id: str | None = None,
    ) -> Result:
        """Do `work` as `SandboxService.call` does. `order_id` None: looked up by the payment."""

        def subject(connection: sqlite3.Connection) -> Subject:
            return about(payment_key, order_id or _order_of(connection, payment_key))

        changes = operation not in {Operation.QUERY, Operation.REPORT}
        return await self.call(operation, subject, work, changes=changes)


def _order_of(connection: sqlite3.Connection, payment_key: str) -> str:
    row = connection.execute("SELECT order_id FROM payments WHERE key = ?", (payment_key,)).fetchone()
    return "" if row is None else str(row["order_id"])
