"""Statements on PostgreSQL: drawn over the entries of the settlement book, one account at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from adapters.postgres.queries import compiled
from adapters.postgres.settlement import share_of
from adapters.postgres.tables.settlement import statements
from domain.ports.projections import check_limit
from domain.ports.settlement import StatementCursor, StatementPage, StatementSummary
from domain.settlement.cycles import Period, stated_in
from domain.settlement.movements import MovementKind
from domain.settlement.parties import party_named
from domain.settlement.statement import Account, SettlementEntry, Statement, in_order, statement_id
from domain.settlement.terms import Cycle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg
    from sqlalchemy import ColumnElement

    from adapters.postgres.pool import Pool, Session
    from domain.settlement.parties import Party

_columns = statements.c
# One at a time for each account: numbers follow each other, and an entry goes into one statement.
_ALONE = "SELECT pg_advisory_xact_lock(20309, hashtext($1))"
_OPEN = "e.statement_id IS NULL AND o.hold IS NULL"
_ACCOUNTS = f"""
SELECT DISTINCT e.party, e.currency FROM settlement_entries e JOIN settlement_orders o USING (order_id)
WHERE e.occurred_at < $1 AND {_OPEN} ORDER BY 1, 2
"""  # noqa: S608 - constants only
_OLDEST = f"""
SELECT min(e.occurred_at) FROM settlement_entries e JOIN settlement_orders o USING (order_id)
WHERE e.party = $1 AND e.currency = $2 AND {_OPEN}
"""  # noqa: S608 - constants only
_DRAWN = "SELECT period FROM statements WHERE party = $1 AND currency = $2"
# Everything older goes along: it came too late for the statement of its own time. One command, so that the
# sums are those of exactly the entries that are stated.
_DRAW = f"""
WITH stated AS (
    UPDATE settlement_entries e SET statement_id = $3 FROM settlement_orders o
    WHERE o.order_id = e.order_id AND e.party = $1 AND e.currency = $2 AND e.occurred_at < $7 AND {_OPEN}
    RETURNING e.goods, e.commission, e.delivery, e.charges, e.reductions
)
INSERT INTO statements (party, currency, id, cycle, period, period_start, period_end, due_at, drawn_at,
    number, entries, goods, commission, delivery, charges, reductions)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9,
    (SELECT count(*) + 1 FROM statements WHERE party = $1 AND currency = $2),
    count(*), sum(goods), sum(commission), sum(delivery), sum(charges), sum(reductions)
FROM stated
"""  # noqa: S608 - constants only
_ENTRIES = """
SELECT e.order_id, o.order_number, e.key, m.kind, e.occurred_at, e.party, e.currency,
    e.goods, e.commission, e.delivery, e.charges, e.reductions
FROM settlement_entries e JOIN settlement_orders o USING (order_id)
JOIN settlement_movements m USING (order_id, key) WHERE
"""
_GET = "SELECT * FROM statements WHERE id = $1"


class PostgresStatements:
    """`domain.ports.settlement.Statements` over `statements` and `settlement_entries`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def accounts(self, before: datetime) -> Sequence[Account]:
        """See the port."""
        rows = await self._pool.fetch(_ACCOUNTS, before)
        return tuple(sorted(Account(party_named(row["party"]), row["currency"]) for row in rows))

    async def draw(self, account: Account, cycle: Cycle, now: datetime) -> Sequence[str]:
        """See the port."""
        drawn = []
        async with self._pool.acquire() as session, session.transaction():
            await session.execute(_ALONE, f"{account.party.name} {account.currency}")
            while period := await _next_period(session, account, cycle, now):
                drawn.append(await _draw(session, account, cycle, period, now))
        return tuple(drawn)

    async def open_entries(self, account: Account) -> Sequence[SettlementEntry]:
        """See the port."""
        query = f"{_ENTRIES} e.party = $1 AND e.currency = $2 AND {_OPEN}"
        rows = await self._pool.fetch(query, account.party.name, account.currency)
        return in_order([_entry(row) for row in rows])

    async def get(self, statement_id: str) -> Statement | None:
        """See the port."""
        row = await self._pool.fetchrow(_GET, statement_id)
        if row is None:
            return None
        entries = await self._pool.fetch(f"{_ENTRIES} e.statement_id = $1", statement_id)
        return Statement(
            id=row["id"],
            number=row["number"],
            account=Account(party_named(row["party"]), row["currency"]),
            cycle=Cycle(row["cycle"]),
            period=Period(row["period_start"], row["period_end"], row["due_at"], row["period"]),
            drawn_at=row["drawn_at"],
            entries=in_order([_entry(entry) for entry in entries]),
        )

    async def list(
        self, party: Party | None = None, cursor: StatementCursor | None = None, limit: int = 20
    ) -> StatementPage:
        """See the port."""
        check_limit(limit)
        conditions = [] if party is None else [_columns.party == party.name]
        if cursor is not None:
            conditions.append(_after(cursor))
        page = select(statements).where(*conditions).order_by(_columns.drawn_at.desc(), _columns.id)
        query = compiled(page.limit(limit + 1))
        rows = await self._pool.fetch(query.text, *query.values)
        found = tuple(_summary(row) for row in rows[:limit])
        more = len(rows) > limit
        return StatementPage(found, StatementCursor(found[-1].drawn_at, found[-1].id) if more else None)


async def _next_period(session: Session, account: Account, cycle: Cycle, now: datetime) -> Period | None:
    names = (account.party.name, account.currency)
    oldest = await session.fetchval(_OLDEST, *names)
    if oldest is None:
        return None
    drawn = {row["period"] for row in await session.fetch(_DRAWN, *names)}
    return stated_in(cycle, oldest, drawn, now)


async def _draw(session: Session, account: Account, cycle: Cycle, period: Period, now: datetime) -> str:
    identity = statement_id(account, cycle, period)
    await session.execute(
        _DRAW,
        account.party.name,
        account.currency,
        identity,
        cycle.value,
        period.name,
        period.start,
        period.end,
        period.due,
        now,
    )
    return identity


def _after(cursor: StatementCursor) -> ColumnElement[bool]:
    # The first half lets the index start at the cursor; the second leaves out ties already seen.
    at = _columns.drawn_at
    return and_(at <= cursor.drawn_at, or_(at < cursor.drawn_at, _columns.id > cursor.id))


def _entry(row: asyncpg.Record) -> SettlementEntry:
    return SettlementEntry(
        row["order_id"],
        row["order_number"],
        row["key"],
        MovementKind(row["kind"]),
        row["occurred_at"],
        share_of(row),
    )


def _summary(row: asyncpg.Record) -> StatementSummary:
    return StatementSummary(
        id=row["id"],
        number=row["number"],
        account=Account(party_named(row["party"]), row["currency"]),
        cycle=Cycle(row["cycle"]),
        period=row["period"],
        drawn_at=row["drawn_at"],
        entries=row["entries"],
        sums=share_of(row),
    )
