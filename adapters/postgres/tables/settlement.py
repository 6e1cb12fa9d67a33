"""Settlements: movements of orders, entries of parties, statements, terms. Amounts in minor units."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from adapters.postgres.tables.schema import Moment, metadata

merchant_terms: Final = Table(
    "merchant_terms",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("merchant_id", Text, nullable=False),
    Column("commission", Integer, nullable=False),
    Column("delivers", Boolean, nullable=False),
    Column("cycle", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
Index("merchant_terms_newest", merchant_terms.c.merchant_id, merchant_terms.c.number.desc())

settlement_orders: Final = Table(
    "settlement_orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("order_number", Text, nullable=False),
    Column("hold", Text),
    Column("agreed", JSONB, nullable=False),
)

settlement_movements: Final = Table(
    "settlement_movements",
    metadata,
    Column("order_id", Text, ForeignKey("settlement_orders.order_id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("currency", Text, nullable=False),
    Column("buyer", BigInteger, nullable=False),
)

statements: Final = Table(
    "statements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("party", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("cycle", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("period_start", Moment, nullable=False),
    Column("period_end", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("drawn_at", Moment, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("goods", BigInteger, nullable=False),
    Column("commission", BigInteger, nullable=False),
    Column("delivery", BigInteger, nullable=False),
    Column("charges", BigInteger, nullable=False),
    Column("reductions", BigInteger, nullable=False),
    UniqueConstraint("party", "currency", "period"),
    UniqueConstraint("party", "currency", "number"),
)
Index("statements_newest", statements.c.drawn_at.desc(), statements.c.id)

settlement_entries: Final = Table(
    "settlement_entries",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("party", Text, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("goods", BigInteger, nullable=False),
    Column("commission", BigInteger, nullable=False),
    Column("delivery", BigInteger, nullable=False),
    Column("charges", BigInteger, nullable=False),
    Column("reductions", BigInteger, nullable=False),
    Column("statement_id", Text, ForeignKey("statements.id")),
    ForeignKeyConstraint(["order_id", "key"], ["settlement_movements.order_id", "settlement_movements.key"]),
)
_entries = settlement_entries.c
Index(
    "settlement_entries_open",
    _entries.party,
    _entries.currency,
    _entries.occurred_at,
    postgresql_where=_entries.statement_id.is_(None),
)
Index("settlement_entries_stated", _entries.statement_id)
