"""The price book: base prices and their times, promotions, vouchers, fees, buyers, and the audit log.

Amounts are minor units of the row's currency. What cannot overlap is said by the migration alone.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables.goods import catalogue_items
from adapters.postgres.tables.schema import Moment, Sku, metadata

_NONE: Final = text("'{}'::text[]")

item_prices: Final = Table(
    "item_prices",
    metadata,
    Column("sku", Sku, ForeignKey(catalogue_items.c.sku), primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("market_price", BigInteger, nullable=False),
    Column("discount_price", BigInteger, nullable=False),
    Column("region", Sku, primary_key=True, server_default=text("''::text")),
    Column("listed_price", BigInteger),
    Column("passing", Boolean, primary_key=True, server_default=false()),
    Column("valid_from", Moment, primary_key=True, server_default=text("'-infinity'::timestamptz")),
    Column("valid_until", Moment),
)

Index(
    "item_prices_ending",
    item_prices.c.sku,
    item_prices.c.currency,
    func.coalesce(item_prices.c.valid_until, text("'infinity'::timestamptz")),
)

delivery_fees: Final = Table(
    "delivery_fees",
    metadata,
    Column("merchant_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("free_from", BigInteger),
)

promotions: Final = Table(
    "promotions",
    metadata,
    Column("id", Text(collation="C"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("merchant_id", Text),
    Column("skus", ARRAY(Text)),
    Column("segments", ARRAY(Text), nullable=False, server_default=_NONE),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
)
Index("promotions_ending", promotions.c.currency, promotions.c.ends_at)

vouchers: Final = Table(
    "vouchers",
    metadata,
    Column("code", Text(collation="C"), primary_key=True),
    Column("currency", Text, nullable=False),
    Column("document", JSONB, nullable=False),
)

fee_rules: Final = Table(
    "fee_rules",
    metadata,
    Column("currency", Text, primary_key=True),
    Column("document", JSONB, nullable=False),
)

buyers: Final = Table(
    "buyers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("registered_at", Moment),
    Column("total_orders", Integer, nullable=False, server_default=text("0")),
    Column("segments", ARRAY(Text), nullable=False, server_default=_NONE),
)

price_changes: Final = Table(
    "price_changes",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("changed_at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("old", JSONB),
    Column("new", JSONB),
)
Index("price_changes_subject", price_changes.c.subject, price_changes.c.subject_id, price_changes.c.number)

price_book_version: Final = Table(
    "price_book_version",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=true()),
    Column("version", BigInteger, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
