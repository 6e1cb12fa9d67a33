"""The tables as queries know them are the tables that migrations make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Index, Inspector, Integer, MetaData, PrimaryKeyConstraint, Table, inspect
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from adapters.postgres.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = "alembic_version"
COMPARED = {
    "compare_type": True,
    "compare_server_default": True,
    "include_name": lambda name, *_: name != VERSIONS,
}


async def differences(database_url: str, known: MetaData) -> list[Any]:
    """What Alembic finds, then what it does not look at: primary keys and collations."""
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_differences, known)
    finally:
        await engine.dispose()


def _differences(connection: Connection, known: MetaData) -> list[Any]:
    found = compare_metadata(MigrationContext.configure(connection, opts=COMPARED), known)
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    tables = (table for table in known.tables.values() if table.name in present)
    return [*found, *(fault for table in tables for fault in _unlike(inspector, table))]


def _unlike(inspector: Inspector, table: Table) -> list[str]:
    key = inspector.get_pk_constraint(table.name)["constrained_columns"]
    faults = [] if key == [column.name for column in table.primary_key] else [f"{table.name}: key {key}"]
    for column in inspector.get_columns(table.name):
        known = table.columns.get(column["name"])
        if known is not None and _collation(known.type) != _collation(column["type"]):
            faults.append(f"{table.name}.{known.name}: collation {_collation(column['type'])}")
    return faults


def _collation(kind: object) -> str | None:
    return getattr(kind, "collation", None)


async def test_the_tables_of_queries_are_those_of_the_migrated_database(database_url: str) -> None:
    assert await differences(database_url, metadata) == []


async def test_a_copy_is_as_good(database_url: str) -> None:
    """Or the planted differences below would be seen for another reason."""
    assert await differences(database_url, a_copy()) == []


def a_copy() -> MetaData:
    copied = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        table.to_metadata(copied)
    return copied


def with_a_column_too_many(tables: MetaData) -> None:
    tables.tables["alerts"].append_column(Column("colour", Integer))


def with_another_type(tables: MetaData) -> None:
    tables.tables["order_summary"].c.total.type = Integer()


def with_another_default(tables: MetaData) -> None:
    tables.tables["order_intake"].c.repeats.server_default = None


def with_an_optional_column(tables: MetaData) -> None:
    tables.tables["holds"].c.status.nullable = True


def with_an_index_too_many(tables: MetaData) -> None:
    Index("holds_by_status", tables.tables["holds"].c.status)


def with_an_index_too_few(tables: MetaData) -> None:
    tables.tables["order_summary"].indexes.clear()


def without_a_table(tables: MetaData) -> None:
    tables.remove(tables.tables["request_log"])


def with_another_key(tables: MetaData) -> None:
    table = tables.tables["payment_attempts"]
    table.c.key.primary_key = False
    table.append_constraint(PrimaryKeyConstraint("order_id"))


def with_another_collation(tables: MetaData) -> None:
    tables.tables["stock_items"].c.sku.type = metadata.tables["holds"].c.reference.type


@pytest.mark.parametrize(
    "change",
    [
        with_a_column_too_many,
        with_another_type,
        with_another_default,
        with_an_optional_column,
        with_an_index_too_many,
        with_an_index_too_few,
        without_a_table,
        with_another_key,
        with_another_collation,
    ],
)
async def test_a_planted_difference_is_seen(database_url: str, change: Callable[[MetaData], None]) -> None:
    planted = a_copy()
    change(planted)

    assert await differences(database_url, planted) != []
