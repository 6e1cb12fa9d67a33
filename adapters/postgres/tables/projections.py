"""What is projected from events, and how far. All of it may be dropped and built again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables.schema import Moment, metadata

projection_checkpoints: Final = Table(
    "projection_checkpoints",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False, server_default=text("0")),
    Column("epoch", BigInteger, nullable=False, server_default=text("0")),
    Column("owner", Text),
    Column("seen_at", Moment, nullable=False, server_default=text("'-infinity'::timestamptz")),
)

projection_parked: Final = Table(
    "projection_parked",
    metadata,
    Column("name", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    Column("parked_at", Moment, nullable=False, server_default=func.clock_timestamp()),
)

order_views: Final = Table(
    "order_views",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("state", JSONB, nullable=False),
)

# `by_merchant` holds what belongs to each merchant: {"shop-7": {"lines": 2, "goods": 3000}}.
order_summary: Final = Table(
    "order_summary",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("payment_status", Text, nullable=False),
    Column("buyer_id", Text, nullable=False),
    Column("merchants", ARRAY(Text), nullable=False),
    Column("lines", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("goods", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("captured", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("by_merchant", JSONB, nullable=False),
)
_NEWEST: Final = (order_summary.c.created_at.desc(), order_summary.c.id)
Index("order_summary_created_at_id_idx", *_NEWEST)
Index("order_summary_status_created_at_id_idx", order_summary.c.status, *_NEWEST)
Index("order_summary_buyer_id_created_at_id_idx", order_summary.c.buyer_id, *_NEWEST)
Index("order_summary_number_idx", order_summary.c.number)
Index("order_summary_merchants_idx", order_summary.c.merchants, postgresql_using="gin")
