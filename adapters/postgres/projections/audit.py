"""Whether read models are complete, not merely recent: what they show against the streams themselves.

Below its checkpoint a projection must show every stream that is not parked. Reads only, in short looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.projections import auditing_sums

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from adapters.postgres.pool import Pool, Session
    from adapters.postgres.projections.projection import Projection, View

STRETCH: Final = 10_000
MOST_FINDINGS: Final = 1_000
_CHECKPOINT: Final = "SELECT position FROM projection_checkpoints WHERE name = $1"
_TOLD: Final = """
SELECT e.order_id, max(e.version) AS version, count(*) AS events, s.version AS head
FROM order_events e JOIN order_streams s USING (order_id)
WHERE e.position > $1 AND e.position <= $2 GROUP BY e.order_id, s.version
"""
_PARKED: Final = "SELECT order_id FROM projection_parked WHERE name = $1"


@dataclass(frozen=True, slots=True)
class Missing:
    """What a table does not show as it is.

    `wrong` is `missing`, `behind`, `ahead`, `rows` (too few or many), `stray` (of no stream) or `sum`.
    """

    projection: str
    table: str
    stream_id: str
    wrong: str
    facts: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """In one line, for people."""
        facts = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.table}: {self.stream_id}: {self.wrong}{f' ({facts})' if facts else ''}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Positions later than `since` up to `until`: its `events`, and how many are shown."""

    since: int
    until: int
    events: int
    shown: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """What an audit of one projection has compared and found; at most 1,000 findings are listed."""

    projection: str
    stretches: tuple[Stretch, ...]
    missing: tuple[Missing, ...]

    @property
    def reached(self) -> int:
        """Up to which position it was compared, 0 when nothing was."""
        return self.stretches[-1].until if self.stretches else 0


async def audit(
    pool: Pool, projection: Projection[Any], progress: Callable[[int, int], None] | None = None
) -> Completeness:
    """Compare all of a projection up to its checkpoint, its sums and strays included.

    `progress` hears the position reached and the one to reach.
    """
    goal = await pool.fetchval(_CHECKPOINT, projection.name) or 0
    found = await audit_stretches(pool, projection, 0, goal, progress)
    missing = [*found.missing, *await audit_whole(pool, projection)]
    return Completeness(projection.name, found.stretches, tuple(missing[:MOST_FINDINGS]))


async def audit_stretches(
    pool: Pool,
    projection: Projection[Any],
    since: int,
    until: int,
    progress: Callable[[int, int], None] | None = None,
) -> Completeness:
    """Compare what happened later than `since` up to `until`, or up to the checkpoint if that is behind."""
    stretches: list[Stretch] = []
    missing: list[Missing] = []
    while since < until and len(missing) < MOST_FINDINGS:
        upto = min(since + STRETCH, until)
        compared, wrong = await _compare(pool, projection, since, upto)
        if wrong:  # a rebuild that was swapped in just then looks like this, for a moment
            compared, wrong = await _compare(pool, projection, since, upto)
        stretches.append(compared)
        missing += wrong
        if compared.until < upto:
            break
        since = upto
        if progress:
            progress(since, until)
    return Completeness(projection.name, tuple(stretches), tuple(missing[:MOST_FINDINGS]))


async def audit_whole(pool: Pool, projection: Projection[Any]) -> list[Missing]:
    """What cannot be seen stretch by stretch: rows of streams that do not exist, and sums that are wrong."""
    found: list[Missing] = []
    for view in projection.views:
        table = view.table.name
        strays = await auditing_sums.strays(pool, view)
        found += [Missing(projection.name, table, stream_id, "stray") for stream_id in strays]
        if view.sums:
            wrong, sums = await auditing_sums.wrong_sums(pool, view), view.sums.table.name
            found += [Missing(projection.name, sums, key, "sum", off) for key, off in wrong]
    return found


async def _compare(
    pool: Pool, projection: Projection[Any], since: int, until: int
) -> tuple[Stretch, list[Missing]]:
    async with (
        pool.acquire() as session,
        session.transaction(isolation="repeatable_read", readonly=True),
    ):
        position: int = await session.fetchval(_CHECKPOINT, projection.name) or 0
        until = min(until, position)
        told = {
            row["order_id"]: row
            for row in await session.fetch(_TOLD, since, until)
            if projection.streams.takes(row["order_id"])
        }
        for row in await session.fetch(_PARKED, projection.name):
            told.pop(row["order_id"], None)
        missing = [
            found
            for view in projection.views
            for found in await _compare_view(session, projection.name, view, told)
        ]
    wrong = {found.stream_id for found in missing}
    events = sum(row["events"] for row in told.values())
    hidden = sum(told[stream_id]["events"] for stream_id in wrong)
    return Stretch(since, max(since, until), events, events - hidden), missing


async def _compare_view(
    session: Session, name: str, view: View[Any], told: Mapping[str, asyncpg.Record]
) -> list[Missing]:
    shown = {row["stream"]: row for row in await session.fetch(_shown(view), list(told))}
    found = []
    for stream_id, row in told.items():
        wrong, facts = _fault(row, shown.get(stream_id), many=view.many)
        if wrong:
            found.append(Missing(name, view.table.name, stream_id, wrong, facts))
    return found


def _fault(
    told: asyncpg.Record, shown: asyncpg.Record | None, *, many: bool
) -> tuple[str, Mapping[str, int]]:
    if shown is None:
        return "missing", {"version": told["version"]}
    if shown["oldest"] < told["version"]:
        return "behind", {"version": told["version"], "shown": shown["oldest"]}
    if shown["newest"] > told["head"]:
        return "ahead", {"version": told["head"], "shown": shown["newest"]}
    rows, most, least = (shown[part] for part in ("rows", "most", "least"))
    if rows != (most if many else 1) or most != least or shown["oldest"] != shown["newest"]:
        return "rows", {"rows": rows, "of": most}
    return "", {}


def _shown(view: View[Any]) -> str:
    stated = "of" if view.many else "1"
    return f"""
    SELECT {view.stream} AS stream, min(version) AS oldest, max(version) AS newest, count(*) AS rows,
        max({stated}) AS most, min({stated}) AS least
    FROM {view.table.name} WHERE {view.stream} = ANY($1::text[]) GROUP BY {view.stream}
    """  # noqa: S608 - names come from the tables of the projections
