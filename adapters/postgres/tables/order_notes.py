"""Notes of people on orders."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text

from adapters.postgres.tables.schema import Moment, metadata

order_notes: Final = Table(
    "order_notes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("order_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("merchant_id", Text),
    Column("written_at", Moment, nullable=False),
)
Index("order_notes_of_order", order_notes.c.order_id, order_notes.c.number)
