"""Checks what is made of events, and the books beside them, by the audits that exist for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from activities.histories import Histories
from adapters.postgres.aggregate_snapshots import PostgresAggregateSnapshots
from adapters.postgres.event_audit import doubtful_erasures
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.projections.audit import audit
from adapters.postgres.projections.registry import PROJECTIONS
from adapters.postgres.settlement_audit import settlement_contradictions
from adapters.postgres.stock_audit import contradictions
from domain.history.aggregates import ORDER, PROPOSAL
from ops.books import entry_line, settlement_line
from ops.verify.tally import UNREADABLE, Tally

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from domain.ports.aggregate_snapshots import AggregateSnapshot

_MOST = 1_000


async def snapshots(pool: Pool) -> Tally:
    """Snapshots of streams against the streams."""
    tally = Tally("snapshots", "each is the state that its events give", "snapshots")
    kept, store = PostgresAggregateSnapshots(pool), PostgresEventStore(pool)
    histories: tuple[Histories[Any], ...] = (Histories(ORDER, store, kept), Histories(PROPOSAL, store, kept))
    after = None
    while page := await kept.page(after):
        for snapshot in page:
            tally.count()
            for history in histories:
                if problem := await _problem_of(history, snapshot):
                    tally.find(f"{snapshot.stream_id} version {snapshot.version}", problem)
        after = (page[-1].stream_id, page[-1].version)
    return tally


async def _problem_of(history: Histories[Any], snapshot: AggregateSnapshot) -> str | None:
    try:
        return await history.problem_of(snapshot)
    except UNREADABLE as error:
        return f"its stream does not fold: {type(error).__name__}"


async def projections(pool: Pool) -> Tally:
    """Read models against the streams."""
    tally = Tally("projections", "read models show every event up to where they are", "events shown")
    for name, projection in PROJECTIONS.items():
        found = await audit(pool, projection)
        tally.count(sum(stretch.shown for stretch in found.stretches))
        for missing in found.missing:
            tally.find(name, str(missing))
    return tally


async def erasures(pool: Pool) -> Tally:
    """Destroyed keys against the events that tell of it, and what is still plain."""
    tally = Tally("erasures", "who was erased cannot be read, and the events say so", "erased buyers")
    tally.count(await pool.fetchval("SELECT count(*) FROM buyer_keys WHERE erased_at IS NOT NULL"))
    async with pool.acquire() as session:
        for buyer_id, problem in await doubtful_erasures(session, _MOST):
            tally.find(buyer_id, problem)
    return tally


async def goods(pool: Pool) -> Tally:
    """Counts of goods and allowances against holds."""
    tally = Tally("stock books", "counts of goods and promotions agree with what is held and sold", "SKUs")
    tally.count(await pool.fetchval("SELECT count(*) FROM stock_items"))
    for wrong in await contradictions(pool):
        fault, _, rest = entry_line(wrong).partition(": ")
        tally.find(fault, rest)
    return tally


async def money(pool: Pool) -> Tally:
    """Settlements against what buyers paid."""
    tally = Tally("settlements", "buyer = merchants + platform + channel, for every order", "movements")
    tally.count(await pool.fetchval("SELECT count(*) FROM settlement_movements"))
    for wrong in await settlement_contradictions(pool):
        fault, _, rest = settlement_line(wrong).partition(": ")
        tally.find(fault, rest)
    return tally


ALL = (snapshots, projections, erasures, goods, money)
