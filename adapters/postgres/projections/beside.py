"""Tables beside the live ones: made empty, filled without indexes, and put in their place at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.projections.projection import BESIDE

if TYPE_CHECKING:
    from adapters.postgres.pool import Session
    from adapters.postgres.projections.projection import Projection

# Indexes of a long history take their time; the pool's own limits are for requests.
PATIENCE: Final = 3_600.0
_INDEXES: Final = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS made, i.indisprimary AS is_key
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1::regclass ORDER BY c.relname
"""
_THERE: Final = "SELECT count(*) FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL"


async def are_there(session: Session, projection: Projection[Any]) -> bool:
    """True when every table beside is there, as an earlier start has left it."""
    names = [table.name + BESIDE for table in projection.tables]
    return bool(await session.fetchval(_THERE, names) == len(names))


async def create(session: Session, projection: Projection[Any]) -> None:
    """Make every table anew beside the live one, empty. Sums have their indexes, all others none yet."""
    sums = {view.sums.table.name for view in projection.views if view.sums}
    for table in projection.tables:
        target = table.name + BESIDE
        kinds = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE"
        await session.execute(f"DROP TABLE IF EXISTS {target}")
        await session.execute(f"CREATE TABLE {target} (LIKE {table.name} {kinds})")
        if table.name in sums:
            await _index(session, table.name)


async def index(session: Session, projection: Projection[Any]) -> None:
    """Give the filled tables the indexes of the live ones."""
    await session.execute("SET LOCAL statement_timeout = 0")
    for view in projection.views:
        await _index(session, view.table.name)
        await session.execute(f"ANALYZE {view.table.name}{BESIDE}", timeout=PATIENCE)


async def swap(session: Session, projection: Projection[Any]) -> None:
    """Put the tables beside in the place of the live ones, indexes and their names included."""
    for table in projection.tables:
        names = [row["name"] for row in await session.fetch(_INDEXES, table.name + BESIDE)]
        await session.execute(f"DROP TABLE {table.name}")
        await session.execute(f"ALTER TABLE {table.name}{BESIDE} RENAME TO {table.name}")
        for name in names:
            await session.execute(f"ALTER INDEX {name} RENAME TO {name.removesuffix(BESIDE)}")


async def _index(session: Session, table: str) -> None:
    for row in await session.fetch(_INDEXES, table):
        name, target = row["name"], table + BESIDE
        made = re.sub(
            rf"INDEX {name} ON (\w+\.)?{table} ", rf"INDEX {name}{BESIDE} ON \g<1>{target} ", row["made"]
        )
        await session.execute(made, timeout=PATIENCE)
        if row["is_key"]:
            key = f"ADD CONSTRAINT {name}{BESIDE} PRIMARY KEY USING INDEX {name}{BESIDE}"
            await session.execute(f"ALTER TABLE {target} {key}")
