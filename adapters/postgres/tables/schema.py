"""The collection that every table belongs to, and the column types that they share."""

from __future__ import annotations

from typing import Final

from sqlalchemy import TIMESTAMP, MetaData, Text

# The names that PostgreSQL itself gives to what a migration leaves unnamed.
metadata: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    }
)
Moment: Final = TIMESTAMP(timezone=True)
# Byte order, so that everybody locks SKUs in one order whatever the collation of the database.
Sku: Final = Text(collation="C")
