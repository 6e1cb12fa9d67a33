"""Read models of search, sales, prices, stock and settlement; and what rebuilds and audits remember."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables.schema import Moment, Sku, metadata

# Byte order, so that the beginning of a term is a range of the index.
Term: Final = Text(collation="C")

order_search: Final = Table(
    "order_search",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("term", Term, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
)
Index(
    "order_search_term_created_at_order_id_idx",
    order_search.c.term,
    order_search.c.created_at.desc(),
    order_search.c.order_id,
)

sales_parts: Final = Table(
    "sales_parts",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("parts", JSONB, nullable=False),
)

sales_daily: Final = Table(
    "sales_daily",
    metadata,
    Column("merchant_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("orders", BigInteger, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("goods", BigInteger, nullable=False),
    Column("refunds", BigInteger, nullable=False),
)
_DAYS: Final = (sales_daily.c.day.desc(), sales_daily.c.merchant_id, sales_daily.c.currency)
Index("sales_daily_day_merchant_id_currency_idx", *_DAYS)

stock_parts: Final = Table(
    "stock_parts",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("parts", JSONB, nullable=False),
)

stock_board: Final = Table(
    "stock_board",
    metadata,
    Column("sku", Sku, primary_key=True),
    Column("reserved", BigInteger, nullable=False),
    Column("to_send", BigInteger, nullable=False),
    Column("on_the_way", BigInteger, nullable=False),
    Column("delivered", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False),
)

# A row for each step of a proposal, with what it proposed then. `skus` is null for all of the merchant.
price_audit: Final = Table(
    "price_audit",
    metadata,
    Column("stream_id", Text, primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("merchant_id", Text),
    Column("skus", ARRAY(Text)),
    Column("content", JSONB, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment),
    Column("by", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
)
Index("price_audit_position_idx", price_audit.c.position)
Index("price_audit_skus_idx", price_audit.c.skus, postgresql_using="gin")

settlement_lines: Final = Table(
    "settlement_lines",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("merchant_id", Text, nullable=False),
    Column("sku", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("unit_price", BigInteger, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("goods", BigInteger, nullable=False),
    Column("refunded_quantity", Integer, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("sold_at", Moment),
    Column("refunded_at", Moment),
)
_SOLD: Final = settlement_lines.c.sold_at.is_not(None)
_NEWEST: Final = (settlement_lines.c.sold_at.desc(), settlement_lines.c.order_id, settlement_lines.c.line)
Index("settlement_lines_sold_at_order_id_line_idx", *_NEWEST, postgresql_where=_SOLD)
Index(
    "settlement_lines_merchant_id_sold_at_order_id_line_idx",
    settlement_lines.c.merchant_id,
    *_NEWEST,
    postgresql_where=_SOLD,
)

# How far a rebuild has come: first stream by stream up to `goal`, then, once `loaded`, by position.
projection_rebuilds: Final = Table(
    "projection_rebuilds",
    metadata,
    Column("name", Text, primary_key=True),
    Column("release", Text, nullable=False),
    Column("goal", BigInteger, nullable=False),
    Column("after_stream", Text, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("loaded", Boolean, nullable=False),
    Column("begun_at", Moment, nullable=False, server_default=func.clock_timestamp()),
)

# Up to where the audit in the background has compared each projection, and what the last run found.
projection_audits: Final = Table(
    "projection_audits",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("missing", Integer, nullable=False, server_default=text("0")),
    Column("audited_at", Moment, nullable=False, server_default=func.clock_timestamp()),
)
