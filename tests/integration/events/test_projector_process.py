"""The projector as its own process: it projects, shows its health, and leaves cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.projections.views import PostgresOrderViews
from domain.events import EventMetadata, EventRecord
from domain.order.order import fold
from tests.integration.events.stories import NOON, Story, tell
from tests.integration.events.waiting import until

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

COMMAND = [sys.executable, "-m", "ops.services", "projector"]
PATH = {"PATH": os.environ["PATH"]}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def a_projector(database_url: str, redis_url: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **PATH,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ORDERKEEP_PROJECTOR_HEALTH_PORT": str(port),
    }
    process = subprocess.Popen(COMMAND, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def page(port: int) -> dict[str, Any] | None:
    async with httpx.AsyncClient() as client:
        try:
            answer = await client.get(f"http://127.0.0.1:{port}/health")
        except httpx.TransportError:
            return None
    content: dict[str, Any] = {"http": answer.status_code, **answer.json()}
    return content


async def is_up(port: int) -> bool:
    return (await page(port) or {}).get("http") == 200


async def is_shown(pool: Pool, story: Story) -> bool:
    return await PostgresOrderViews(pool).get(story.order_id) == fold(story.paid())


async def stops_a_stream(port: int) -> bool:
    shown = await page(port) or {}
    orders = shown.get("projections", [{}])[0]
    return shown.get("status") == "degraded" and bool(orders.get("parked"))


async def test_a_projector_process_projects_and_hands_over_when_told_to_stop(
    pool: Pool, fresh_database: str, redis_url: str
) -> None:
    port, story = free_port(), Story("ord_1")
    with a_projector(fresh_database, redis_url, port) as process:
        await until(lambda: is_up(port))
        await tell(PostgresEventStore(pool), "ord_1", story.paid())
        await until(lambda: is_shown(pool, story))

        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)

    assert await pool.fetchval("SELECT count(owner) FROM projection_checkpoints") == 0


async def test_the_health_page_names_a_stream_that_stopped(
    pool: Pool, fresh_database: str, redis_url: str
) -> None:
    port, bad = free_port(), EventRecord("OrderTeleported", 1, {}, NOON)
    await PostgresEventStore(pool).append("ord_bad", 0, "k", [bad], EventMetadata())
    with a_projector(fresh_database, redis_url, port):
        await until(lambda: stops_a_stream(port))
        shown = await page(port)

    assert shown is not None
    orders = shown["projections"][0]
    assert [stream["order_id"] for stream in orders["parked"]] == ["ord_bad"]
    assert orders["lag_seconds"] == 0
    assert await pool.fetchval("SELECT order_id FROM alerts") == "ord_bad"


async def test_a_projector_works_without_valkey(pool: Pool, fresh_database: str) -> None:
    port, story = free_port(), Story("ord_1")
    await tell(PostgresEventStore(pool), "ord_1", story.paid())

    with a_projector(fresh_database, "redis://127.0.0.1:1/0", port):
        await until(lambda: is_shown(pool, story))
        await until(lambda: is_up(port))


def test_without_a_database_it_says_what_is_missing() -> None:
    ended = subprocess.run(COMMAND, env=PATH, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == 2
    assert "DATABASE_URL" in ended.stderr
