"""Keeps sums exact by differences: what a stream adds now, less what it added before. Repeats add nothing."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.postgres.pool import Session
    from adapters.postgres.projections.projection import Row, Sums, View

# By the values of the keys and the place of the figure.
Changes = Counter[tuple[tuple[Any, ...], int]]


async def changes(
    session: Session, view: View[Any], rows: Sequence[Row], beside: str, *, fresh: bool
) -> Changes:
    """What these rows, not yet written, will change in the sums of `view`; older rows change nothing."""
    assert view.sums is not None
    before: Mapping[str, tuple[int, list[list[Any]]]] = {}
    if not fresh:
        ids = [row[view.stream] for row in rows]
        known = await session.fetch(_known(view.table.name + beside, view.stream), ids)
        before = {row["stream"]: (row["version"], row["parts"]) for row in known}
    found: Changes = Counter()
    for row in rows:
        version, parts = before.get(row[view.stream], (0, []))
        if row["version"] > version:
            _count(found, row["parts"], len(view.sums.keys), 1)
            _count(found, parts, len(view.sums.keys), -1)
    return found


def fresh_changes(view: View[Any], rows: Sequence[Row]) -> Changes:
    """What rows of streams that are new to the table add to the sums of `view`, if it has any."""
    found: Changes = Counter()
    for row in rows if view.sums else ():
        _count(found, row["parts"], len(view.sums.keys) if view.sums else 0, 1)
    return found


async def add(session: Session, sums: Sums, changed: Changes, beside: str) -> None:
    """Add the changes to the sums; a row of nothing but zeros goes."""
    lines: dict[tuple[Any, ...], Row] = {}
    for (key, place), difference in changed.items():
        if difference:
            blank = dict.fromkeys(sums.figures, 0)
            row = lines.setdefault(key, {**dict(zip(sums.keys, key, strict=True)), **blank})
            row[sums.figures[place]] = difference
    if lines:
        target = sums.table.name + beside
        await session.execute(_add(target, sums.keys, sums.figures), list(lines.values()))
        await session.execute(_clear(target, sums.keys, sums.figures), list(lines.values()))


def _count(found: Changes, parts: Iterable[Sequence[Any]], keys: int, sign: int) -> None:
    for part in parts:
        for place, figure in enumerate(part[keys:]):
            found[tuple(part[:keys]), place] += sign * figure


@cache
def _known(target: str, stream: str) -> str:
    return f"SELECT {stream} AS stream, version, parts FROM {target} WHERE {stream} = ANY($1::text[])"  # noqa: S608 - constants only


@cache
def _add(target: str, keys: tuple[str, ...], figures: tuple[str, ...]) -> str:
    changed = ", ".join(f"{figure} = t.{figure} + EXCLUDED.{figure}" for figure in figures)
    return f"""
    INSERT INTO {target} AS t SELECT * FROM jsonb_populate_recordset(NULL::{target}, $1)
    ON CONFLICT ({", ".join(keys)}) DO UPDATE SET {changed}
    """  # noqa: S608 - names come from the tables of the projections


@cache
def _clear(target: str, keys: tuple[str, ...], figures: tuple[str, ...]) -> str:
    same = " AND ".join(f"t.{key} = n.{key}" for key in keys)
    empty = " AND ".join(f"t.{figure} = 0" for figure in figures)
    return f"""
    DELETE FROM {target} t USING jsonb_populate_recordset(NULL::{target}, $1) n WHERE {same} AND {empty}
    """  # noqa: S608 - names come from the tables of the projections
