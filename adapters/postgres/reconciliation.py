"""Our ledger of money that moved, and what reconciliations found, on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.money import Money
from domain.order.encoding import from_plain, to_plain
from domain.payment.facts import FactKind
from domain.reconciliation.compare import ReconciliationWindow
from domain.reconciliation.difference import Difference, DifferenceCase, DifferenceStatus
from domain.reconciliation.ledger import BookedLine
from domain.reconciliation.runs import ReconciliationRun

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    import asyncpg

    from adapters.postgres.pool import Pool

_LINES = """
SELECT l.* FROM payment_ledger l JOIN payment_attempts a ON a.key = l.payment_key
WHERE a.provider = $1 AND l.occurred_at >= $2 AND l.occurred_at < $3
ORDER BY l.occurred_at, l.payment_key, l.kind, l.refund_key
"""
_OF_PAYMENTS = """
SELECT * FROM payment_ledger WHERE payment_key = ANY($1::text[])
ORDER BY occurred_at, payment_key, kind, refund_key
"""
_SAVE_RUN = """
INSERT INTO reconciliation_runs (id, provider, since, until, run_at, run_by, ours, theirs, differences)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
"""
_SAVE_CASE = """
INSERT INTO reconciliation_differences
    (id, provider, occurred_at, status, found, note, decided_by, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET occurred_at = excluded.occurred_at, status = excluded.status,
    found = excluded.found, note = excluded.note, decided_by = excluded.decided_by,
    decided_at = excluded.decided_at
"""
_RUN = "SELECT * FROM reconciliation_runs WHERE id = $1"
_RUNS = "SELECT * FROM reconciliation_runs ORDER BY run_at DESC, id LIMIT $1"
_CASES = "SELECT * FROM reconciliation_differences WHERE id = ANY($1::text[])"
_OPEN_IN = """
SELECT * FROM reconciliation_differences
WHERE provider = $1 AND status = 'open' AND occurred_at >= $2 AND occurred_at < $3 ORDER BY occurred_at, id
"""
_DECIDE = """
UPDATE reconciliation_differences SET status = $2, note = $3, decided_by = $4, decided_at = $5
WHERE id = $1 AND status = 'open'
"""
_UNTIL = "SELECT max(until) FROM reconciliation_runs WHERE provider = $1"


class PostgresPaymentLedger:
    """`domain.ports.reconciliation.PaymentLedger` over `payment_ledger`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def lines(self, provider: str, since: datetime, until: datetime) -> Sequence[BookedLine]:
        """See the port."""
        return tuple(_line(row) for row in await self._pool.fetch(_LINES, provider, since, until))

    async def of_payments(self, payment_keys: Collection[str]) -> Sequence[BookedLine]:
        """See the port."""
        return tuple(_line(row) for row in await self._pool.fetch(_OF_PAYMENTS, list(payment_keys)))


class PostgresReconciliations:
    """`domain.ports.reconciliation.Reconciliations` over `reconciliation_*`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def save(self, run: ReconciliationRun, cases: Sequence[DifferenceCase]) -> None:
        """See the port."""
        async with self._pool.acquire() as session, session.transaction():
            await session.execute(
                _SAVE_RUN,
                run.id,
                run.provider,
                run.window.since,
                run.window.until,
                run.run_at,
                run.by,
                run.ours,
                run.theirs,
                list(run.differences),
            )
            await session.executemany(_SAVE_CASE, [_case_row(case) for case in cases])

    async def run(self, run_id: str) -> ReconciliationRun | None:
        """See the port."""
        row = await self._pool.fetchrow(_RUN, run_id)
        return None if row is None else _run(row)

    async def runs(self, limit: int = 20) -> Sequence[ReconciliationRun]:
        """See the port."""
        return tuple(_run(row) for row in await self._pool.fetch(_RUNS, limit))

    async def cases(self, difference_ids: Collection[str]) -> Mapping[str, DifferenceCase]:
        """See the port."""
        rows = await self._pool.fetch(_CASES, list(difference_ids))
        return {row["id"]: _case(row) for row in rows}

    async def open_in(self, provider: str, window: ReconciliationWindow) -> Sequence[DifferenceCase]:
        """See the port."""
        rows = await self._pool.fetch(_OPEN_IN, provider, window.since, window.until)
        return tuple(_case(row) for row in rows)

    async def decide(self, case: DifferenceCase) -> bool:
        """See the port."""
        decided = (case.status.value, case.note, case.by, case.decided_at)
        done: str = await self._pool.execute(_DECIDE, case.difference.id, *decided)
        return done == "UPDATE 1"

    async def reconciled_until(self, provider: str) -> datetime | None:
        """See the port."""
        until: datetime | None = await self._pool.fetchval(_UNTIL, provider)
        return until


def _line(row: asyncpg.Record) -> BookedLine:
    return BookedLine(
        row["order_id"],
        row["payment_key"],
        FactKind(row["kind"]),
        Money(row["amount"], row["currency"]),
        row["occurred_at"],
        row["refund_key"],
    )


def _run(row: asyncpg.Record) -> ReconciliationRun:
    return ReconciliationRun(
        row["id"],
        row["provider"],
        ReconciliationWindow(row["since"], row["until"]),
        row["run_at"],
        row["run_by"],
        row["ours"],
        row["theirs"],
        tuple(row["differences"]),
    )


def _case_row(case: DifferenceCase) -> tuple[Any, ...]:
    found = case.difference
    return (
        found.id,
        found.provider,
        found.line.occurred_at,
        case.status.value,
        to_plain(found),
        case.note,
        case.by,
        case.decided_at,
    )


def _case(row: asyncpg.Record) -> DifferenceCase:
    return DifferenceCase(
        from_plain(Difference, row["found"]),
        DifferenceStatus(row["status"]),
        row["note"],
        row["decided_by"],
        row["decided_at"],
    )
