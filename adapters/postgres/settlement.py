"""The settlement book on PostgreSQL: what the feed brought and how far it was read, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.projections import checkpoints
from domain.money import Money
from domain.ports.settlement import OrderSettlement
from domain.settlement.case import HoldReason
from domain.settlement.movements import Movement, MovementKind
from domain.settlement.parties import party_named
from domain.settlement.shares import PARTS, Share
from domain.settlement.terms import Cycle, MerchantTerms

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    import asyncpg

    from adapters.postgres.pool import Pool, Session
    from domain.ports.settlement import FeedStretch
    from domain.reconciliation.ledger import BookedLine

NAME: Final = "settlement"
_ORDERS = """
INSERT INTO settlement_orders AS o (order_id, order_number, hold, agreed)
SELECT order_id, order_number, hold, agreed
FROM jsonb_to_recordset($1) AS r (order_id text, order_number text, hold text, agreed jsonb)
ON CONFLICT (order_id) DO UPDATE SET hold = excluded.hold WHERE o.hold IS DISTINCT FROM excluded.hold
"""
_MOVEMENTS = """
INSERT INTO settlement_movements (order_id, key, kind, occurred_at, currency, buyer)
SELECT order_id, key, kind, occurred_at, currency, buyer FROM jsonb_populate_recordset(
    NULL::settlement_movements, $1)
ON CONFLICT DO NOTHING RETURNING order_id, key
"""
_ENTRIES = """
INSERT INTO settlement_entries SELECT * FROM jsonb_populate_recordset(NULL::settlement_entries, $1)
"""
# Whoever told of a line later knows more of it.
_LEDGER = """
INSERT INTO payment_ledger SELECT * FROM jsonb_populate_recordset(NULL::payment_ledger, $1)
ON CONFLICT (payment_key, kind, refund_key) DO UPDATE
SET amount = excluded.amount, currency = excluded.currency, occurred_at = excluded.occurred_at
"""
_SETTLED = (
    "SELECT order_id, order_number, hold, agreed FROM settlement_orders WHERE order_id = ANY($1::text[])"
)
# Of one moment the sale comes first; refunds of one moment in the order of their keys.
_MOVED = """
SELECT m.order_id, m.key, m.kind, m.occurred_at, m.currency, m.buyer, e.party,
    e.goods, e.commission, e.delivery, e.charges, e.reductions
FROM settlement_movements m LEFT JOIN settlement_entries e USING (order_id, key)
WHERE m.order_id = ANY($1::text[])
ORDER BY m.order_id, m.occurred_at, array_position(ARRAY['sale', 'not_taken', 'refund'], m.kind), m.key,
    e.party
"""
_TERMS = """
SELECT DISTINCT ON (merchant_id) merchant_id, commission, delivers, cycle FROM merchant_terms
WHERE merchant_id = ANY($1::text[]) ORDER BY merchant_id, number DESC
"""
_PUT_TERMS = """
INSERT INTO merchant_terms (merchant_id, commission, delivers, cycle, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""


class PostgresSettlementBook:
    """`domain.ports.settlement.SettlementBook` over `settlement_*`, `merchant_terms`, `payment_ledger`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def position(self) -> int:
        """See the port."""
        position: int | None = await self._pool.fetchval(
            "SELECT position FROM projection_checkpoints WHERE name = $1", NAME
        )
        return position or 0

    async def record(self, stretch: FeedStretch) -> int | None:
        """See the port."""
        async with self._pool.acquire() as session, session.transaction():
            if await checkpoints.lock(session, NAME) != stretch.since:
                return None
            new = await _write(session, stretch.orders) if stretch.orders else 0
            if stretch.lines:
                await session.execute(_LEDGER, _ledger_rows(stretch.lines))
            await checkpoints.move(session, NAME, stretch.until)
            return new

    async def settled(self, order_ids: Collection[str]) -> Mapping[str, OrderSettlement]:
        """See the port."""
        wanted = list(order_ids)
        # Both at one moment: what is settled in between would have movements and no order.
        async with (
            self._pool.acquire() as session,
            session.transaction(isolation="repeatable_read", readonly=True),
        ):
            orders = await session.fetch(_SETTLED, wanted)
            moved = await session.fetch(_MOVED, wanted)
        numbers = {row["order_id"]: row["order_number"] for row in orders}
        movements = _movements(moved, numbers)
        return {
            row["order_id"]: OrderSettlement(
                row["order_id"],
                row["order_number"],
                HoldReason(row["hold"]) if row["hold"] else None,
                {name: _terms(name, agreed) for name, agreed in row["agreed"].items()},
                tuple(movements[row["order_id"]]),
            )
            for row in orders
        }

    async def terms(self, merchant_ids: Collection[str]) -> Mapping[str, MerchantTerms]:
        """See the port."""
        rows = await self._pool.fetch(_TERMS, list(merchant_ids))
        return {row["merchant_id"]: _terms(row["merchant_id"], row) for row in rows}

    async def put_terms(self, terms: MerchantTerms, who: str, at: datetime) -> None:
        """See the port."""
        await self._pool.execute(
            _PUT_TERMS, terms.merchant_id, terms.commission, terms.delivers, terms.cycle.value, who, at
        )


def share_of(row: Mapping[str, Any] | asyncpg.Record) -> Share:
    """The share in a row that has `party`, `currency` and all parts."""
    return Share(party_named(row["party"]), row["currency"], *(row[part] for part in PARTS))


async def _write(session: Session, orders: Sequence[OrderSettlement]) -> int:
    await session.execute(_ORDERS, [_order_row(order) for order in orders])
    movements = [movement for order in orders for movement in order.movements]
    rows = await session.fetch(_MOVEMENTS, [_movement_row(movement) for movement in movements])
    new = {(row["order_id"], row["key"]) for row in rows}
    fresh = [movement for movement in movements if (movement.order_id, movement.key) in new]
    await session.execute(_ENTRIES, [row for movement in fresh for row in _entry_rows(movement)])
    return len(new)


def _order_row(order: OrderSettlement) -> dict[str, Any]:
    agreed = {
        name: {"commission": terms.commission, "delivers": terms.delivers, "cycle": terms.cycle.value}
        for name, terms in order.agreed.items()
    }
    hold = order.hold.value if order.hold else None
    return {"order_id": order.order_id, "order_number": order.order_number, "hold": hold, "agreed": agreed}


def _movement_row(movement: Movement) -> dict[str, Any]:
    return {
        "order_id": movement.order_id,
        "key": movement.key,
        "kind": movement.kind.value,
        "occurred_at": movement.occurred_at.isoformat(),
        "currency": movement.buyer.currency,
        "buyer": movement.buyer.amount,
    }


def _entry_rows(movement: Movement) -> Iterable[dict[str, Any]]:
    for share in movement.shares:
        yield {
            "order_id": movement.order_id,
            "key": movement.key,
            "party": share.party.name,
            "currency": share.currency,
            "occurred_at": movement.occurred_at.isoformat(),
            **dict(zip(PARTS, share.parts, strict=True)),
        }


def _ledger_rows(lines: Iterable[BookedLine]) -> list[dict[str, Any]]:
    newest = {(line.payment_key, line.kind, line.refund_key): line for line in lines}
    return [
        {
            "payment_key": line.payment_key,
            "kind": line.kind.value,
            "refund_key": line.refund_key,
            "order_id": line.order_id,
            "amount": line.amount.amount,
            "currency": line.amount.currency,
            "occurred_at": line.occurred_at.isoformat(),
        }
        for line in newest.values()
    ]


def _movements(rows: Sequence[asyncpg.Record], numbers: Mapping[str, str]) -> Mapping[str, list[Movement]]:
    shares: dict[tuple[str, str], list[Share]] = defaultdict(list)
    heads: dict[tuple[str, str], asyncpg.Record] = {}
    for row in rows:
        name = (row["order_id"], row["key"])
        heads.setdefault(name, row)
        if row["party"] is not None:
            shares[name].append(share_of(row))
    made: dict[str, list[Movement]] = defaultdict(list)
    for (order_id, key), head in heads.items():
        made[order_id].append(
            Movement(
                order_id,
                numbers[order_id],
                key,
                MovementKind(head["kind"]),
                head["occurred_at"],
                Money(head["buyer"], head["currency"]),
                tuple(sorted(shares[order_id, key], key=lambda share: share.party)),
            )
        )
    return made


def _terms(merchant_id: str, agreed: Mapping[str, Any] | asyncpg.Record) -> MerchantTerms:
    return MerchantTerms(merchant_id, agreed["commission"], agreed["delivers"], Cycle(agreed["cycle"]))
