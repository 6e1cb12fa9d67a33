"""Writes states into the tables of a projection: newest version wins, and a bad state stops alone."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from adapters.postgres.projections import summing
from adapters.postgres.projections.folding import Poison

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Table

    from adapters.postgres.pool import Session
    from adapters.postgres.projections.folding import Folded
    from adapters.postgres.projections.projection import Projection, Row, View

# What the database says of a row that it does not take: no such value, against a rule, twice at once, or too
# long for its index.
REFUSED: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.CardinalityViolationError,
    asyncpg.ProgramLimitExceededError,
)


async def write_states(
    session: Session,
    projection: Projection[Any],
    folded: Folded[Any],
    beside: str = "",
    *,
    fresh: bool = False,
    careful: bool = True,
) -> None:
    """Write every folded state, never over a newer version. A state that cannot be written is poison.

    `beside` is the suffix of the tables to write to; `fresh` says that none of these streams is in them yet.
    Works inside the caller's transaction. Without `careful` it saves the two round trips of a savepoint, and
    raises one of `REFUSED`: then the transaction is lost, and the same is to be written again with care.
    """
    if not careful and (rows := _shown(projection, folded.states)) is not None:
        await _write(session, projection, rows, beside, fresh=fresh)
        return
    if await _written(session, projection, folded.states, beside, fresh=fresh) is None:
        return
    for stream_id, state in list(folded.states.items()):  # one of them is bad: find out which
        error = await _written(session, projection, {stream_id: state}, beside, fresh=fresh)
        if error is not None:
            del folded.states[stream_id]
            folded.poisons.append(Poison.of(folded.last[stream_id], error))


async def _written(
    session: Session, projection: Projection[Any], states: Mapping[str, Any], beside: str, *, fresh: bool
) -> Exception | None:
    try:
        rows = _rows(projection, states)
    except Exception as error:  # noqa: BLE001 - a state that cannot be shown must not stop the others
        return error
    try:
        async with session.transaction():  # a savepoint: a refused row must not end the whole batch
            await _write(session, projection, rows, beside, fresh=fresh)
    except REFUSED as error:
        return error
    return None


def _rows(projection: Projection[Any], states: Mapping[str, Any]) -> list[list[Row]]:
    return [[row for state in states.values() for row in view.rows(state)] for view in projection.views]


def _shown(projection: Projection[Any], states: Mapping[str, Any]) -> list[list[Row]] | None:
    try:
        return _rows(projection, states)
    except Exception:  # noqa: BLE001 - it will be found out which of them cannot be shown
        return None


async def _write(
    session: Session, projection: Projection[Any], rows: Sequence[Sequence[Row]], beside: str, *, fresh: bool
) -> None:
    for view, content in zip(projection.views, rows, strict=True):
        if content:
            await _write_view(session, view, content, beside, fresh=fresh)


async def _write_view(
    session: Session, view: View[Any], rows: Sequence[Row], beside: str, *, fresh: bool
) -> None:
    changes = await summing.changes(session, view, rows, beside, fresh=fresh) if view.sums else None
    target = view.table.name + beside
    if fresh:
        await session.execute(_insert(target), rows)
    else:
        await session.execute(_upsert(view.table, view.stream, beside), rows)
        if view.many:
            versions = {row[view.stream]: row["version"] for row in rows}
            await session.execute(_clear(target, view.stream), list(versions), list(versions.values()))
    if view.sums and changes:
        await summing.add(session, view.sums, changes, beside)


def _insert(target: str) -> str:
    return f"INSERT INTO {target} SELECT * FROM jsonb_populate_recordset(NULL::{target}, $1)"  # noqa: S608 - constants only


@cache
def _upsert(table: Table, stream: str, beside: str) -> str:
    target = table.name + beside
    keys = ", ".join(column.name for column in table.primary_key)
    changes = ", ".join(f"{c.name} = EXCLUDED.{c.name}" for c in table.columns if not c.primary_key)
    return f"""
    INSERT INTO {target} SELECT n.* FROM jsonb_populate_recordset(NULL::{target}, $1) n
    WHERE NOT EXISTS (SELECT 1 FROM {target} k WHERE k.{stream} = n.{stream} AND k.version > n.version)
    ON CONFLICT ({keys}) DO UPDATE SET {changes} WHERE {target}.version < EXCLUDED.version
    """  # noqa: S608 - names come from the tables of the projections


@cache
def _clear(target: str, stream: str) -> str:
    # Rows that the newest state does not have any more.
    return f"""
    DELETE FROM {target} t USING unnest($1::text[], $2::integer[]) AS n (id, version)
    WHERE t.{stream} = n.id AND t.version < n.version
    """  # noqa: S608 - names come from the tables of the projections
