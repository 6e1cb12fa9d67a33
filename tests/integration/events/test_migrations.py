"""The schema comes whole or not at all, however many processes start at once."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import open_pool
from adapters.postgres.projections.runner import ProjectionRunner
from adapters.postgres.projections.views import PostgresOrderViews
from domain.money import Money
from domain.order.encoding import encode
from tests.integration.events.former_releases import append_unchained, fetchval, migrate_to
from tests.integration.events.stories import Story

TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')"


async def test_six_processes_that_start_at_once_migrate_once(empty_database: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate, empty_database) for _ in range(6)))

    assert await fetchval(empty_database, "SELECT count(*) FROM alembic_version") == 1
    assert await fetchval(empty_database, "SELECT count(*) FROM order_events") == 0


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str) -> None:
    """Another program's table stands in the way of one of ours."""
    await fetchval(empty_database, "CREATE TABLE order_summary (mine text)")

    with pytest.raises(Exception, match="order_summary"):
        await asyncio.to_thread(migrate, empty_database)

    assert await fetchval(empty_database, TABLES) == 1


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    before = await fetchval(database_url, TABLES)

    await asyncio.to_thread(migrate, database_url)

    assert await fetchval(database_url, TABLES) == before


@pytest.mark.parametrize("change", ["UPDATE order_events SET data = '{}'", "DELETE FROM order_events"])
async def test_the_owner_of_the_tables_has_no_right_to_change_events(
    owned_database: str, change: str
) -> None:
    """So the refusal does not hang on the trigger alone; superusers have only the trigger."""
    await asyncio.to_thread(migrate, owned_database)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetchval(owned_database, change)


async def test_an_upgrade_sends_the_projector_back_to_fill_the_new_column(empty_database: str) -> None:
    await asyncio.to_thread(migrate_to, "0003", empty_database)
    pool = await open_pool(empty_database, application="test")
    try:
        told = [encode(event) for event in Story("ord_1", merchant="tea").paid()]
        await append_unchained(pool, "ord_1", 0, "all", told)
        await pool.execute("INSERT INTO projection_checkpoints (name, position) VALUES ('orders', 4)")
        await pool.execute("INSERT INTO projection_parked VALUES ('orders', 'ord_1', 1, 1, 'repaired since')")

        await asyncio.to_thread(migrate, empty_database)
        await ProjectionRunner(pool, PostgresEventFeed(pool), "test").step()

        (sums,) = await PostgresOrderViews(pool).totals("tea")
    finally:
        await pool.close()
    assert (sums.orders, sums.lines, sums.goods) == (1, 1, Money(2_000, "CNY"))
