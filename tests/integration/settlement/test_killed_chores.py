"""Chores that are killed lose nothing and double nothing; what was written cannot be changed unseen."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from adapters.postgres.settlement_audit import SettlementFault, settlement_contradictions
from domain.settlement.terms import Cycle, MerchantTerms
from tests.integration.settlement.shop import DAY, TEA, Shop
from tests.integration.settlement.till import settlement_desk
from tests.unit.settlement.stories import NOON


async def _killed_while_writing(shop: Shop, table: str, chore) -> None:
    """Run a chore into a locked table, end its connection as a crash would, and let the table go."""
    async with shop.pool.acquire() as other, other.transaction():
        await other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        task = asyncio.create_task(chore)
        while not (waiting := await other.fetch(_WAITING)):
            await asyncio.sleep(0.01)
            assert not task.done(), task.exception()
        for row in waiting:
            await other.execute("SELECT pg_terminate_backend($1)", row["pid"])
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await task


_WAITING = """
SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE NOT l.granted AND d.datname = current_database()
"""


@pytest.mark.parametrize("table", ["settlement_movements", "settlement_entries", "payment_ledger"])
async def test_a_chore_that_is_killed_while_it_settles_goes_on_without_loss_or_doubling(
    shop: Shop, table: str
) -> None:
    for number in range(4):
        await shop.completes(f"ord_{number}")

    await _killed_while_writing(shop, table, shop.chores.settle_orders(NOON))

    assert await shop.desk.book.position() == 0
    assert await shop.pool.fetchval("SELECT count(*) FROM settlement_movements") == 0
    assert await settlement_desk(shop.pool).catch_up() == 4
    assert await shop.pool.fetchval("SELECT count(*) FROM payment_ledger") == 4
    assert await settlement_contradictions(shop.pool) == ()


async def test_a_chore_that_is_killed_while_it_draws_goes_on_without_loss_or_doubling(shop: Shop) -> None:
    for number in range(3):
        await shop.completes(f"ord_{number}")
    await shop.chores.settle_orders(NOON)

    await _killed_while_writing(shop, "statements", shop.desk.draw(NOON + 7 * DAY))

    assert await shop.pool.fetchval("SELECT count(*) FROM statements") == 0
    assert len(await shop.stated(TEA, NOON + 7 * DAY)) == 3
    assert await settlement_contradictions(shop.pool) == ()


async def test_many_workers_settle_every_order_once(shop: Shop) -> None:
    for number in range(30):
        await shop.completes(f"ord_{number}")

    made = await asyncio.gather(*(settlement_desk(shop.pool).catch_up() for _ in range(4)))

    assert sum(made) == 30
    assert await shop.pool.fetchval("SELECT count(*) FROM settlement_entries") == 90


# Changes behind the book's back.


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settlement_movements SET buyer = 1",
        "DELETE FROM settlement_movements",
        "UPDATE settlement_entries SET goods = goods + 1",
        "UPDATE settlement_entries SET statement_id = NULL",
        "DELETE FROM settlement_entries",
        "UPDATE statements SET goods = 1",
        "DELETE FROM statements",
        "UPDATE merchant_terms SET commission = 1",
        "TRUNCATE settlement_entries",
    ],
)
async def test_the_database_itself_refuses_to_change_what_was_stated(shop: Shop, change: str) -> None:
    await shop.desk.book.put_terms(MerchantTerms("tea", cycle=Cycle.NEXT_DAY), "ops", NOON)
    await shop.completes()
    await shop.stated(TEA, NOON + DAY)

    with pytest.raises(asyncpg.RestrictViolationError):
        await shop.pool.execute(change)


async def test_every_wrong_sum_is_found_by_the_audit(shop: Shop) -> None:
    await shop.completes()
    await shop.stated(TEA, NOON + 7 * DAY)
    await shop.pool.execute("ALTER TABLE settlement_entries DISABLE TRIGGER USER")
    await shop.pool.execute("UPDATE settlement_entries SET goods = goods + 1 WHERE party = 'merchant:tea'")
    await shop.pool.execute(
        "INSERT INTO order_summary SELECT * FROM jsonb_populate_record(NULL::order_summary, $1)",
        _summary("ord_1", 4_999),
    )

    found = await settlement_contradictions(shop.pool)

    assert [(wrong.fault, wrong.told, wrong.found) for wrong in found] == [
        (SettlementFault.CHARGED, 5_000, 4_999),
        (SettlementFault.DIVIDED, 5_000, 5_001),
        (SettlementFault.STATED, 1_900, 1_901),
    ]


def _summary(order_id: str, total: int) -> dict[str, object]:
    return {
        "id": order_id,
        "version": 1,
        "number": "NO",
        "status": "completed",
        "payment_status": "captured",
        "buyer_id": "b",
        "merchants": ["tea"],
        "lines": 1,
        "currency": "CNY",
        "goods": total,
        "total": total,
        "captured": total,
        "refunded": 0,
        "created_at": NOON.isoformat(),
        "updated_at": NOON.isoformat(),
        "by_merchant": {},
    }
