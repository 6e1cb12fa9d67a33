"""Stock, holds, items of the catalogue and price snapshots. Quantities in units."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, func, text

from adapters.postgres.tables.schema import Moment, Sku, metadata

stock_items: Final = Table(
    "stock_items",
    metadata,
    Column("sku", Sku, primary_key=True),
    Column("available", BigInteger, nullable=False, server_default=text("0")),
    Column("held", BigInteger, nullable=False, server_default=text("0")),
    Column("sold", BigInteger, nullable=False, server_default=text("0")),
)

holds: Final = Table(
    "holds",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("taken_at", Moment, nullable=False, server_default=func.now()),
    Column("resolved_at", Moment),
    Column("kind", Text, nullable=False, server_default=text("'order'")),
    Column("buyer_id", Text, nullable=False, server_default=text("''")),
)
Index("holds_overdue", holds.c.expires_at, postgresql_where=holds.c.status == "active")
Index("holds_by_buyer", holds.c.buyer_id, postgresql_where=holds.c.buyer_id != "")

hold_lines: Final = Table(
    "hold_lines",
    metadata,
    Column("reference", Text, ForeignKey(holds.c.reference), primary_key=True),
    Column("sku", Sku, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
)

catalogue_items: Final = Table(
    "catalogue_items",
    metadata,
    Column("sku", Sku, primary_key=True),
    Column("merchant_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("changed_at", Moment, nullable=False, server_default=func.now()),
)

price_snapshots: Final = Table(
    "price_snapshots",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

snapshot_claims: Final = Table(
    "snapshot_claims",
    metadata,
    Column("snapshot_id", Text, ForeignKey(price_snapshots.c.id), primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("claimed_at", Moment, nullable=False, server_default=func.now()),
)
Index("snapshot_claims_order_id_idx", snapshot_claims.c.order_id)
