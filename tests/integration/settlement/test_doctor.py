"""The doctor adds up the settlements of a real database."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from adapters.postgres.pool import open_pool
from adapters.postgres.snapshots import PostgresPriceSnapshots
from ops.doctor import Finding, State, examine
from tests.integration.settlement.shop import SNAPSHOT, Shop
from tests.support.servers import postgres_of
from tests.unit.settlement.stories import NOON


def settle(database_url: str, *changes: str) -> None:
    """One settled order, and what somebody writes past the product."""

    async def work() -> None:
        pool = await open_pool(database_url, application="test")
        try:
            await PostgresPriceSnapshots(pool).save(SNAPSHOT)
            shop = Shop(pool)
            await shop.completes()
            await shop.chores.settle_orders(NOON)
            for change in changes:
                await pool.execute(change)
        finally:
            await pool.close()

    asyncio.run(work())


def settlement_of(database_url: str, folder: Path) -> Finding:
    findings = examine(folder, {**os.environ, "DATABASE_URL": database_url})
    return next(found for found in findings if found.name == "Settlement")


def test_settlements_that_the_chore_made_add_up(fresh_database: str, tmp_path: Path) -> None:
    settle(fresh_database)

    found = settlement_of(fresh_database, tmp_path)

    assert (found.state, found.found) == (
        State.FINE,
        "buyer = merchants + platform + channel for every order",
    )


def test_a_sum_that_somebody_changed_is_named(fresh_database: str, tmp_path: Path) -> None:
    settle(
        fresh_database,
        "ALTER TABLE settlement_entries DISABLE TRIGGER USER",
        "UPDATE settlement_entries SET goods = goods + 1 WHERE party = 'merchant:tea'",
    )

    found = settlement_of(fresh_database, tmp_path)

    assert found.state is State.WRONG
    assert found.found == "settlements contradict\ndivided: ord_1 sale: says 5000, the other side 5001"
    assert "docs/settlement.md" in found.remedy


def test_a_database_without_settlements_is_not_judged(servers, tmp_path: Path) -> None:
    postgres = postgres_of(servers)
    url = postgres.create_database("orderkeep_test_unsettled")
    try:
        assert settlement_of(url, tmp_path).state is State.LATER
    finally:
        postgres.drop_database("orderkeep_test_unsettled")
