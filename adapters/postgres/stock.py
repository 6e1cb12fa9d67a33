"""The stock ledger on PostgreSQL: one round trip for each call. The rules are in the SQL functions."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import asyncpg

from domain.ports.stock import AllowanceLevel, Hold, HoldNotFoundError, HoldRequest, HoldsTaken, StockLevel
from domain.stock.allowance import Allowance, AllowanceKind, Claim, claims_in_lock_order
from domain.stock.hold import HoldKind, HoldStatus, Shortage, StockLine, in_lock_order
from domain.stock.movement import refunded_claims

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from adapters.postgres.pool import Pool

_TAKE = """
SELECT kind, subject, sku, buyer_id, wanted, available
FROM take_hold($1, $2, $3, $4, $5::text[], $6::bigint[], $7::jsonb, $8::text[])
"""
_CONFIRM = "SELECT kind, subject, sku, buyer_id, wanted, available FROM confirm_holds($1, $2)"
_FIND = """
SELECT h.kind, h.buyer_id, h.status, h.expires_at,
    (SELECT jsonb_agg(l ORDER BY l.sku) FROM hold_lines l WHERE l.reference = h.reference) AS lines,
    (SELECT jsonb_agg(c ORDER BY c.kind, c.subject, c.sku, c.buyer_id)
     FROM hold_allowances c WHERE c.reference = h.reference) AS claims
FROM holds h WHERE h.reference = $1
"""
_ALLOWANCE = """
SELECT available, held, consumed FROM allowances
WHERE (kind, subject, sku, buyer_id) = ($1, $2, $3, $4)
"""
_GIVE_BACK = "SELECT give_back_allowances($1, $2, $3, $4, $5, $6::jsonb)"
_LEVEL = "SELECT sku, available, held, sold FROM stock_items WHERE sku = $1"


class PostgresStockLedger:
    """`domain.ports.stock.StockLedger` over `stock_items`, `allowances` and the tables of holds.

    A lost connection or a time-out leaves the outcome unknown: call again with the same reference.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take(self, request: HoldRequest) -> HoldsTaken:
        """See the port."""
        wanted = in_lock_order(request.lines)
        rows = await self._pool.fetch(
            _TAKE,
            request.reference,
            request.kind.value,
            request.buyer_id,
            request.until,
            [line.sku for line in wanted],
            [line.quantity for line in wanted],
            [_claimed(claim) for claim in claims_in_lock_order(request.claims)],
            list(request.converts),
        )
        return _taken(rows)

    async def take_holds(self, reference: str, lines: Sequence[StockLine], until: datetime) -> HoldsTaken:
        """See the port."""
        return await self.take(HoldRequest(reference, tuple(lines), until))

    async def find(self, reference: str) -> Hold | None:
        """See the port."""
        row = await self._pool.fetchrow(_FIND, reference)
        if row is None:
            return None
        return Hold(
            reference=reference,
            kind=HoldKind(row["kind"]),
            buyer_id=row["buyer_id"],
            status=HoldStatus(row["status"]),
            lines=tuple(StockLine(line["sku"], line["quantity"]) for line in row["lines"] or ()),
            claims=tuple(_claim(claim) for claim in row["claims"] or ()),
            expires_at=row["expires_at"],
        )

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

    async def give_back(
        self, reference: str, key: str, goods: int, refunded_before: int, refunded: int
    ) -> None:
        """See the port. What a sold hold claims never changes, so it may be read before the lock."""
        hold = await self.find(reference)
        if hold is None:
            raise HoldNotFoundError(reference=reference)
        going = refunded_claims(hold.claims, goods, refunded_before, refunded)
        claims = [_claimed(claim) for claim in going]
        await self._pool.execute(_GIVE_BACK, reference, key, goods, refunded_before, refunded, claims)

    async def expire_holds(self, now: datetime, limit: int) -> int:
        """See the port; the longest overdue first, and none that somebody else is resolving."""
        expired: int = await self._pool.fetchval("SELECT expire_holds($1, $2)", now, limit)
        return expired

    async def allowance(self, allowance: Allowance) -> AllowanceLevel | None:
        """See the port."""
        row = await self._pool.fetchrow(_ALLOWANCE, *astuple(allowance))
        return AllowanceLevel(row["available"], row["held"], row["consumed"]) if row else None

    async def level(self, sku: str) -> StockLevel | None:
        """See the port."""
        row = await self._pool.fetchrow(_LEVEL, sku)
        return StockLevel(row["sku"], row["available"], row["held"], row["sold"]) if row else None


def _claimed(claim: Claim) -> dict[str, object]:
    counted = claim.allowance
    return {
        "kind": counted.kind.value,
        "subject": counted.subject,
        "sku": counted.sku,
        "buyer_id": counted.buyer_id,
        "quantity": claim.quantity,
        "buyer_limit": claim.limit,
    }


def _claim(row: Mapping[str, Any]) -> Claim:
    return Claim(_allowance(row), row["quantity"], row["buyer_limit"])


def _allowance(row: Mapping[str, Any] | asyncpg.Record) -> Allowance:
    return Allowance(AllowanceKind(row["kind"]), row["subject"], row["sku"], row["buyer_id"])


def _taken(rows: Sequence[asyncpg.Record]) -> HoldsTaken:
    return HoldsTaken(tuple(_shortage(row) for row in rows))


def _shortage(row: asyncpg.Record) -> Shortage:
    allowance = _allowance(row) if row["kind"] else None
    return Shortage(row["sku"], row["wanted"], row["available"], allowance)


def _status(answer: str | None) -> HoldStatus | None:
    return HoldStatus(answer) if answer else None
