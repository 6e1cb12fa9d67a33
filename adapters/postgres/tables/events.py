"""Order streams and their events: written by `append_events` alone, never changed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from adapters.postgres.tables.schema import Moment, metadata

order_streams: Final = Table(
    "order_streams",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("closed_at", Moment),
    Column("link", LargeBinary, nullable=False),
)

order_events: Final = Table(
    "order_events",
    metadata,
    Column("order_id", Text, ForeignKey(order_streams.c.order_id), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False, unique=True),
    Column("event_type", Text, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("command_key", Text, nullable=False),
    Column("command_digest", LargeBinary, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("body", LargeBinary),
    Column("metadata", JSONB, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False, server_default=func.clock_timestamp()),
    Column("link", LargeBinary, nullable=False),
)
