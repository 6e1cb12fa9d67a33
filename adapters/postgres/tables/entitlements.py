"""What buyers have a right to."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from adapters.postgres.tables.schema import Moment, metadata

entitlements: Final = Table(
    "entitlements",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("sku", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("revoked", Integer, nullable=False, server_default="0"),
    Column("code", Text, nullable=False, unique=True),
    Column("issued_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)
