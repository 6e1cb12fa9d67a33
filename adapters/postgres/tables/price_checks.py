"""What every comparison of a shown price with today's found. Amounts in minor units."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Numeric, Table, Text

from adapters.postgres.tables.schema import Moment, metadata

price_checks: Final = Table(
    "price_checks",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("snapshot_id", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), unique=True, nullable=False),
    Column("next_snapshot_id", Text, nullable=False),
    Column("checked_at", Moment, nullable=False),
    Column("verdict", Text, primary_key=True),
    Column("reason", Text),
    Column("old_total", BigInteger, nullable=False),
    Column("new_total", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("basis_points", Numeric, nullable=False),
    Column("expired", Boolean, nullable=False),
    Column("expiring_soon", Boolean, nullable=False),
    Column("today_known", Boolean, nullable=False),
    Column("rule_version", Text, nullable=False),
)
Index("price_checks_checked_at_idx", price_checks.c.checked_at)
