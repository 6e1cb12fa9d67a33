"""`orderkeep projections` as an operator runs it: status, rebuild, a kill in the middle, audit, resume."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from adapters.postgres.events import PostgresEventStore
from domain.events import EventMetadata, EventRecord
from tests.integration.events.waiting import until
from tests.integration.projections.shop import a_cart, project, returned, tell
from tests.support.builders import NOON

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

COMMAND = [sys.executable, "-m", "ops.cli", "projections"]
MORE_THAN_A_CHUNK = 1_100
# The row of this order takes very long to write.
HANG = "ALTER TABLE order_views ADD CONSTRAINT hang CHECK (id <> 'ord_1050' OR pg_sleep(30) IS NOT NULL)"


def environment(database_url: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DATABASE_URL": database_url, "COLUMNS": "160"}


async def run(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [*COMMAND, *arguments],
        env=environment(database_url),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def a_rebuild(database_url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*COMMAND, "rebuild", "orders"], env=environment(database_url))


async def test_every_read_model_is_named_with_its_lag(pool: Pool, fresh_database: str) -> None:
    await tell(pool, a_cart("ord_1").created())
    await project(pool, "orders")

    told = await run(fresh_database, "status")

    lines = {line.split()[1]: line for line in told.stdout.splitlines() if line.count("│") > 2}
    assert {"orders", "stock_board", "price_audit"} <= set(lines)
    assert "0.000 s" in lines["orders"]
    assert "0.000 s" not in lines["stock_board"]


async def test_a_rebuild_that_was_killed_goes_on_with_the_next_start(pool: Pool, fresh_database: str) -> None:
    stories = (a_cart(f"ord_{number:04}").drafted() for number in range(MORE_THAN_A_CHUNK))
    await asyncio.gather(*(tell(pool, story) for story in stories))
    await pool.execute(HANG)

    async def hangs() -> bool:
        done: int | None = await pool.fetchval("SELECT events FROM projection_rebuilds")
        return bool(done)

    with a_rebuild(fresh_database) as killed:
        await until(hangs)
        killed.send_signal(signal.SIGKILL)
    await pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
        "orderkeep projections",
    )
    await pool.execute("ALTER TABLE order_views_next DROP CONSTRAINT hang")
    await pool.execute("UPDATE order_views_next SET total = 424242 WHERE id = 'ord_0001'")  # not loaded again

    told = await run(fresh_database, "rebuild", "orders")

    assert "orders is rebuilt up to position 1100" in told.stdout, told.stderr
    assert await pool.fetchval("SELECT count(*) FROM order_views") == MORE_THAN_A_CHUNK
    assert await pool.fetchval("SELECT total FROM order_views WHERE id = 'ord_0001'") == 424_242


async def test_an_audit_names_what_is_missing_and_fails(pool: Pool, fresh_database: str) -> None:
    await tell(pool, returned("ord_1"), returned("ord_2"))
    await project(pool)
    complete = await run(fresh_database, "audit")
    await pool.execute("DELETE FROM order_summary WHERE id = 'ord_2'")

    told = await run(fresh_database, "audit")

    assert complete.returncode == 0, complete.stdout
    assert told.returncode == 1
    assert "order_summary: ord_2: missing" in told.stdout


async def test_a_stopped_stream_is_told_of_and_asked_to_go_on(pool: Pool, fresh_database: str) -> None:
    nonsense = EventRecord("OrderTeleported", 1, {}, NOON)
    await PostgresEventStore(pool).append("ord_bad", 0, "k", [nonsense], EventMetadata())
    await project(pool, "stock_board")

    told = await run(fresh_database, "status")
    still = await run(fresh_database, "resume", "stock_board", "--stream", "ord_bad")

    assert "stock_board: ord_bad at version 1: UnknownEventTypeError" in told.stdout
    assert "0 streams go on again" in still.stdout


async def test_a_name_that_does_not_exist_is_refused_with_those_that_do(fresh_database: str) -> None:
    told = await run(fresh_database, "rebuild", "dreams")

    assert told.returncode == 2
    assert "stock_board" in told.stderr
