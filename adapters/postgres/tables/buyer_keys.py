"""Keys of buyers' personal data, wrapped; empty when destroyed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, LargeBinary, Table, Text, func, text

from adapters.postgres.tables.schema import Moment, metadata

buyer_keys: Final = Table(
    "buyer_keys",
    metadata,
    Column("buyer_id", Text, primary_key=True),
    Column("key_id", Text, nullable=False, unique=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("wrapped_by", Text, nullable=False),
    Column("made_at", Moment, nullable=False, server_default=func.now()),
    Column("erased_by", Text),
    Column("erased_at", Moment),
)
Index("buyer_keys_in_use", buyer_keys.c.wrapped_by, postgresql_where=text("erased_at IS NULL"))
