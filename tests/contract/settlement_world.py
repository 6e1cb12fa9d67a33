"""Settlement's ports over the same storage: in memory, or on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.memory.payments import MemoryPaymentAttempts
from adapters.memory.reconciliation import MemoryReconciliations
from adapters.memory.settlement import MemoryPaymentLedger, MemorySettlementBook
from adapters.postgres.payments import PostgresPaymentAttempts
from adapters.postgres.pool import open_pool
from adapters.postgres.reconciliation import PostgresPaymentLedger, PostgresReconciliations
from adapters.postgres.settlement import PostgresSettlementBook
from adapters.postgres.statements import PostgresStatements
from domain.ports.payments import PaymentAttempts
from domain.ports.reconciliation import PaymentLedger, Reconciliations
from domain.ports.settlement import SettlementBook, Statements


@dataclass(frozen=True)
class SettlementWorld:
    """All that settlement and reconciliation write to."""

    book: SettlementBook
    statements: Statements
    ledger: PaymentLedger
    reconciliations: Reconciliations
    attempts: PaymentAttempts


def memory_settlement() -> SettlementWorld:
    """Everything in memory, empty."""
    book, attempts = MemorySettlementBook(), MemoryPaymentAttempts()
    return SettlementWorld(book, book, MemoryPaymentLedger(book, attempts), MemoryReconciliations(), attempts)


@asynccontextmanager
async def postgres_settlement(database_url: str) -> AsyncIterator[SettlementWorld]:
    """Everything on PostgreSQL."""
    pool = await open_pool(database_url, application="test", largest=8)
    try:
        yield SettlementWorld(
            PostgresSettlementBook(pool),
            PostgresStatements(pool),
            PostgresPaymentLedger(pool),
            PostgresReconciliations(pool),
            PostgresPaymentAttempts(pool),
        )
    finally:
        await pool.close()
