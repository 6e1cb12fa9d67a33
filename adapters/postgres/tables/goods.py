"""Stock, holds, catalogue and price snapshots. Quantities in units, money in minor units."""

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
)
Index("holds_overdue", holds.c.expires_at, postgresql_where=holds.c.status == "active")

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

item_prices: Final = Table(
    "item_prices",
    metadata,
    Column("sku", Sku, ForeignKey(catalogue_items.c.sku), primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("market_price", BigInteger, nullable=False),
    Column("discount_price", BigInteger, nullable=False),
)

delivery_fees: Final = Table(
    "delivery_fees",
    metadata,
    Column("merchant_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
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
