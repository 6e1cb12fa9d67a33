"""Snapshots of aggregates; any row may be dropped at any time."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from adapters.postgres.tables.schema import Moment, metadata

aggregate_snapshots: Final = Table(
    "aggregate_snapshots",
    metadata,
    Column("stream_id", Text(collation="C"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("schema_version", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("taken_at", Moment, nullable=False),
)
