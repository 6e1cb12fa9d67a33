"""Price proposals: one row each, written with the events that made it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables.schema import Moment, metadata

price_proposals: Final = Table(
    "price_proposals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("merchant_id", Text),
    Column("status", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("skus", ARRAY(Text)),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("state", JSONB, nullable=False),
)
_columns = price_proposals.c
Index("price_proposals_newest", _columns.created_at.desc(), _columns.id)
Index("price_proposals_of_merchant", _columns.merchant_id, _columns.created_at.desc(), _columns.id)
Index("price_proposals_by_status", _columns.status, _columns.created_at.desc(), _columns.id)
# What the clock still has to do with: approved and active.
Index(
    "price_proposals_awaiting",
    _columns.starts_at,
    postgresql_where=_columns.status.in_(("approved", "active")),
)
# What keeps others of its kind out.
Index(
    "price_proposals_claiming",
    _columns.kind,
    _columns.merchant_id,
    postgresql_where=_columns.status.in_(("pending_review", "approved", "active")),
)
