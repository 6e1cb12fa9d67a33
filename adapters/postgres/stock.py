"""The stock ledger on PostgreSQL: one round trip for each call. The rules are in the SQL functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from domain.ports.stock import HoldNotFoundError, HoldsTaken, StockLevel
from domain.stock.hold import HoldStatus, Shortage, in_lock_order

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.pool import Pool
    from domain.stock.hold import StockLine

_TAKE = "SELECT sku, wanted, available FROM take_holds($1, $2, $3, $4)"
_CONFIRM = "SELECT sku, wanted, available FROM confirm_holds($1, $2)"
_LEVEL = "SELECT sku, available, held, sold FROM stock_items WHERE sku = $1"


class PostgresStockLedger:
    """`domain.ports.stock.StockLedger` over `stock_items`, `holds` and `hold_lines`.

    A lost connection or a time-out leaves the outcome unknown: call again with the same reference.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take_holds(self, reference: str, lines: Sequence[StockLine], until: datetime) -> HoldsTaken:
        """See the port. The lines of the first call stand."""
        wanted = in_lock_order(lines)
        skus = [line.sku for line in wanted]
        quantities = [line.quantity for line in wanted]
        return _taken(await self._pool.fetch(_TAKE, reference, skus, quantities, until))

    async def confirm_holds(self, reference: str, now: datetime) -> HoldsTaken:
        """See the port. An overdue hold that was not swept yet still has its goods."""
        try:
            return _taken(await self._pool.fetch(_CONFIRM, reference, now))
        except asyncpg.NoDataFoundError as error:
            raise HoldNotFoundError(reference=reference) from error

    async def release_holds(self, reference: str) -> HoldStatus | None:
        """See the port."""
        return _status(await self._pool.fetchval("SELECT release_holds($1)", reference))

    async def restock(self, reference: str) -> HoldStatus | None:
        """See the port."""
        return _status(await self._pool.fetchval("SELECT restock_holds($1)", reference))

    async def expire_holds(self, now: datetime, limit: int) -> int:
        """See the port; the longest overdue first, and none that somebody else is resolving."""
        expired: int = await self._pool.fetchval("SELECT expire_holds($1, $2)", now, limit)
        return expired

    async def level(self, sku: str) -> StockLevel | None:
        """See the port."""
        row = await self._pool.fetchrow(_LEVEL, sku)
        return StockLevel(row["sku"], row["available"], row["held"], row["sold"]) if row else None


def _taken(rows: Sequence[asyncpg.Record]) -> HoldsTaken:
    return HoldsTaken(tuple(Shortage(row["sku"], row["wanted"], row["available"]) for row in rows))


def _status(answer: str | None) -> HoldStatus | None:
    return HoldStatus(answer) if answer else None
