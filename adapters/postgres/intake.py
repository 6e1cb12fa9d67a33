"""Order intake on PostgreSQL: accepting is one statement, safe under any number of equal requests at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from domain.money import Money
from domain.ports.intake import IdempotencyKeyReusedError, IntakeEntry, PlaceOrder, StoredAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

    from adapters.postgres.pool import Pool

# How long one relay has for the entries that it was given, before they are given out again.
RELAY_LEASE = timedelta(seconds=5)
_COMMAND = TypeAdapter(PlaceOrder)
_COLUMNS = (
    "order_id, number, key, digest, command::text AS command, total, currency, merchants,"
    " accepted_at, started, answer_status, answer_body"
)
# Updating on conflict, and not doing nothing, makes a second request wait for the first and then see its row.
_ACCEPT = f"""
INSERT INTO order_intake
    (order_id, number, caller, key, digest, command, total, currency, merchants, accepted_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $10, $10)
ON CONFLICT (caller, key) DO UPDATE SET repeats = order_intake.repeats + 1
RETURNING {_COLUMNS}, repeats = 0 AS is_new
"""  # noqa: S608 - constants only
_OF_BUYER = f"""
SELECT {_COLUMNS} FROM order_intake WHERE command ->> 'buyer_id' = $1 ORDER BY accepted_at, order_id
"""  # noqa: S608 - constants only
_FIND = f"SELECT {_COLUMNS} FROM order_intake WHERE order_id = $1"  # noqa: S608 - constants only
# Skips what another relay is taking at this moment, and moves what it takes out of the others' sight.
_LEASE = f"""
WITH due AS (
    SELECT order_id FROM order_intake WHERE NOT started AND due_at < $1
    ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE order_intake SET due_at = $3 WHERE order_id IN (SELECT order_id FROM due) RETURNING {_COLUMNS}
)
SELECT * FROM leased ORDER BY accepted_at, order_id
"""  # noqa: S608 - constants only


class PostgresOrderIntake:
    """`domain.ports.intake.OrderIntake` over `order_intake`; `lease` is the rest after `not_started`."""

    def __init__(self, pool: Pool, lease: timedelta = RELAY_LEASE) -> None:
        self._pool = pool
        self._lease = lease

    async def accept(
        self, caller: str, key: str, digest: str, entry: IntakeEntry
    ) -> tuple[IntakeEntry, bool]:
        """See the port."""
        row = await self._pool.fetchrow(
            _ACCEPT,
            entry.order_id,
            entry.number,
            caller,
            key,
            digest,
            _COMMAND.dump_json(entry.command).decode(),
            entry.total.amount,
            entry.total.currency,
            list(entry.merchants),
            entry.accepted_at,
        )
        assert row is not None  # inserted or updated, never neither
        if row["digest"] != digest:
            raise IdempotencyKeyReusedError(key=key)
        return _entry(row), row["is_new"]

    async def find(self, order_id: str) -> IntakeEntry | None:
        """See the port."""
        row = await self._pool.fetchrow(_FIND, order_id)
        return _entry(row) if row else None

    async def of_buyer(self, buyer_id: str) -> Sequence[IntakeEntry]:
        """See the port."""
        return tuple(_entry(row) for row in await self._pool.fetch(_OF_BUYER, buyer_id))

    async def mark_started(self, order_id: str) -> None:
        """See the port. Does not wait for the disk; the function says why."""
        await self._pool.execute("SELECT mark_order_started($1)", order_id)

    async def keep_answer(self, order_id: str, answer: StoredAnswer) -> None:
        """See the port. Does not wait for the disk; the function says why."""
        await self._pool.execute("SELECT keep_order_answer($1, $2, $3)", order_id, answer.status, answer.body)

    async def not_started(self, *, before: datetime, limit: int) -> Sequence[IntakeEntry]:
        """See the port. An entry comes again when `before` has moved on by the lease."""
        rows = await self._pool.fetch(_LEASE, before, limit, before + self._lease)
        return tuple(_entry(row) for row in rows)


def _entry(row: asyncpg.Record) -> IntakeEntry:
    status = row["answer_status"]
    return IntakeEntry(
        order_id=row["order_id"],
        number=row["number"],
        key=row["key"],
        command=_COMMAND.validate_json(row["command"]),
        total=Money(row["total"], row["currency"]),
        merchants=tuple(row["merchants"]),
        accepted_at=row["accepted_at"],
        answer=None if status is None else StoredAnswer(status, row["answer_body"]),
        started=row["started"],
    )
