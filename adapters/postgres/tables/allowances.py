"""What is counted besides goods, and what each hold claims of it. Quantities in units, uses or points."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, ForeignKeyConstraint, Index, Table, Text, text

from adapters.postgres.tables.goods import holds
from adapters.postgres.tables.schema import metadata

# Byte order, as for SKUs: everybody locks in the order of the key.
_Part: Final = Text(collation="C")
_KEY: Final = ("kind", "subject", "sku", "buyer_id")

allowances: Final = Table(
    "allowances",
    metadata,
    Column("kind", _Part, primary_key=True),
    Column("subject", _Part, primary_key=True),
    Column("sku", _Part, primary_key=True, server_default=text("''")),
    Column("buyer_id", _Part, primary_key=True, server_default=text("''")),
    Column("available", BigInteger, nullable=False, server_default=text("0")),
    Column("held", BigInteger, nullable=False, server_default=text("0")),
    Column("consumed", BigInteger, nullable=False, server_default=text("0")),
)

hold_allowances: Final = Table(
    "hold_allowances",
    metadata,
    Column("reference", Text, ForeignKey(holds.c.reference), primary_key=True),
    Column("kind", _Part, primary_key=True),
    Column("subject", _Part, primary_key=True),
    Column("sku", _Part, primary_key=True, server_default=text("''")),
    Column("buyer_id", _Part, primary_key=True, server_default=text("''")),
    Column("quantity", BigInteger, nullable=False),
    Column("buyer_limit", BigInteger),
    Column("given_back", BigInteger, nullable=False, server_default=text("0")),
    ForeignKeyConstraint(_KEY, [allowances.c[name] for name in _KEY], ondelete="CASCADE"),
)
Index("hold_allowances_by_count", *(hold_allowances.c[name] for name in _KEY))
