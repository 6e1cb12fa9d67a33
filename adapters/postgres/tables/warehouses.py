"""Where goods lie, what was allocated, what moved and which allowances went back. Quantities in units."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, func, text

from adapters.postgres.tables.goods import holds
from adapters.postgres.tables.schema import Moment, Sku, metadata

# Byte order, as for SKUs: everybody locks in the order of the key.
_Warehouse: Final = Text(collation="C")

shelves: Final = Table(
    "shelves",
    metadata,
    Column("sku", Sku, primary_key=True),
    Column("warehouse_id", _Warehouse, primary_key=True),
    Column("on_shelf", BigInteger, nullable=False, server_default=text("0")),
    Column("allocated", BigInteger, nullable=False, server_default=text("0")),
)

allocations: Final = Table(
    "allocations",
    metadata,
    Column("reference", Text, ForeignKey(holds.c.reference), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("sku", Sku, primary_key=True),
    Column("warehouse_id", _Warehouse, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
)

stock_movements: Final = Table(
    "stock_movements",
    metadata,
    Column("reference", Text, ForeignKey(holds.c.reference), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("sku", Sku, primary_key=True),
    Column("warehouse_id", _Warehouse, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Column("moved_at", Moment, nullable=False, server_default=func.now()),
)

allowance_returns: Final = Table(
    "allowance_returns",
    metadata,
    Column("reference", Text, ForeignKey(holds.c.reference), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("goods", BigInteger, nullable=False),
    Column("refunded_before", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("given_at", Moment, nullable=False, server_default=func.now()),
)
