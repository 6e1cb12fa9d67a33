"""Our ledger of money that moved, reconciliations of it, and the differences that they found."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables.schema import Moment, metadata

payment_ledger: Final = Table(
    "payment_ledger",
    metadata,
    Column("payment_key", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("refund_key", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
)
Index("payment_ledger_by_time", payment_ledger.c.occurred_at)

reconciliation_runs: Final = Table(
    "reconciliation_runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("run_at", Moment, nullable=False),
    Column("run_by", Text, nullable=False),
    Column("ours", Integer, nullable=False),
    Column("theirs", Integer, nullable=False),
    Column("differences", ARRAY(Text), nullable=False),
)
Index("reconciliation_runs_newest", reconciliation_runs.c.run_at.desc(), reconciliation_runs.c.id)

reconciliation_differences: Final = Table(
    "reconciliation_differences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("status", Text, nullable=False),
    Column("found", JSONB, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Moment),
)
Index(
    "reconciliation_differences_open",
    reconciliation_differences.c.provider,
    reconciliation_differences.c.occurred_at,
    postgresql_where=reconciliation_differences.c.status == "open",
)
