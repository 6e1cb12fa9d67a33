"""Looks over whole tables for an audit: rows that belong to no stream, and sums that are not their parts'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import asyncpg

    from adapters.postgres.pool import Pool
    from adapters.postgres.projections.projection import Sums, View

# Whole tables are read: the limits of the pool are for requests.
_PATIENCE: Final = 1_800.0
_MOST: Final = 1_000
_DIALECT: Final = make_url("postgresql+asyncpg://").get_dialect()()


async def strays(pool: Pool, view: View[Any]) -> Sequence[str]:
    """Streams that the table shows and that do not exist, or not as far as it shows them."""
    rows = await _fetch(
        pool,
        f"""
        SELECT DISTINCT t.{view.stream} AS stream FROM {view.table.name} t
        LEFT JOIN order_streams s ON s.order_id = t.{view.stream}
        WHERE s.order_id IS NULL OR t.version > s.version ORDER BY 1 LIMIT {_MOST}
        """,  # noqa: S608 - names come from the tables of the projections
    )
    return [row["stream"] for row in rows]


async def wrong_sums(pool: Pool, view: View[Any]) -> Sequence[tuple[str, Mapping[str, int]]]:
    """Rows of sums that are not what their parts come to: their key, and by how much each figure is off."""
    assert view.sums is not None
    rows = await _fetch(pool, _wrong(view.table.name, view.sums))
    keys, figures = view.sums.keys, view.sums.figures
    return [
        (" ".join(str(row[key]) for key in keys), {name: row[name] for name in figures if row[name]})
        for row in rows
    ]


async def _fetch(pool: Pool, query: str) -> Sequence[asyncpg.Record]:
    async with pool.acquire() as session, session.transaction(readonly=True):
        await session.execute(f"SET LOCAL statement_timeout = '{int(_PATIENCE)}s'")
        found: Sequence[asyncpg.Record] = await session.fetch(query, timeout=_PATIENCE)
        return found


def _wrong(parts: str, sums: Sums) -> str:
    columns = (*sums.keys, *sums.figures)
    types = [sums.table.c[name].type.compile(_DIALECT) for name in columns]
    read = [f"(p ->> {place})::{kind}" for place, kind in enumerate(types)]
    keys = ", ".join(f"{text} AS {name}" for name, text in zip(sums.keys, read, strict=False))
    figures = zip(sums.figures, read[len(sums.keys) :], strict=True)
    told = ", ".join(f"sum({text})::bigint AS {name}" for name, text in figures)
    off = ", ".join(
        f"(coalesce(s.{name}, 0) - coalesce(t.{name}, 0))::bigint AS {name}" for name in sums.figures
    )
    wrong = " OR ".join(f"coalesce(s.{name}, 0) <> coalesce(t.{name}, 0)" for name in sums.figures)
    using = ", ".join(sums.keys)
    return f"""
    WITH told AS (
        SELECT {keys}, {told} FROM {parts} CROSS JOIN LATERAL jsonb_array_elements(parts) AS p
        GROUP BY {", ".join(str(place) for place in range(1, len(sums.keys) + 1))}
    )
    SELECT {using}, {off} FROM told t FULL JOIN {sums.table.name} s USING ({using})
    WHERE {wrong} ORDER BY {using} LIMIT {_MOST}
    """  # noqa: S608 - names come from the tables of the projections
