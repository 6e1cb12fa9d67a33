"""A projection is rebuilt from the first event beside the live tables, while orders keep coming."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections import checkpoints
from adapters.postgres.projections.health import projection_health
from adapters.postgres.projections.rebuild import RebuildRunningError, rebuild
from adapters.postgres.projections.runner import ProjectionRunner
from adapters.postgres.projections.views import PostgresOrderViews
from domain.events import EventMetadata, EventRecord
from domain.order.order import fold
from domain.ports.projections import OrderFilter
from tests.integration.events.stories import NOON, Story, tell
from tests.integration.events.waiting import until

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool


async def orders_arrive(pool: Pool, number: int) -> None:
    store = PostgresEventStore(pool)
    await asyncio.gather(
        *(tell(store, f"ord_{index}", Story(f"ord_{index}").paid()) for index in range(number))
    )


async def is_level(pool: Pool) -> bool:
    newest: int = await pool.fetchval("SELECT max(position) FROM order_events")
    return (await projection_health(pool)).position >= newest


async def test_a_damaged_read_model_is_right_again_after_a_rebuild(pool: Pool) -> None:
    await orders_arrive(pool, 30)
    runner = ProjectionRunner(pool, PostgresEventFeed(pool), "live")
    await runner.step()
    await pool.execute("UPDATE order_views SET state = '{}', version = 99; DELETE FROM order_summary")

    await rebuild(pool, "rebuilder")

    views = PostgresOrderViews(pool)
    assert await views.get("ord_7") == fold(Story("ord_7").paid())
    assert len((await views.list(OrderFilter(), limit=100)).orders) == 30


async def test_a_rebuild_can_be_repeated_and_leaves_nothing_behind(pool: Pool) -> None:
    await orders_arrive(pool, 3)

    for _ in range(3):
        await rebuild(pool, "rebuilder")

    beside = "SELECT count(*) FROM pg_class WHERE relname LIKE 'order%\\_next' AND relkind = 'r'"
    assert await pool.fetchval(beside) == 0
    assert await pool.fetchval("SELECT array_agg(name) FROM projection_checkpoints") == ["orders"]
    assert await pool.fetchval("SELECT count(*) FROM pg_indexes WHERE tablename = 'order_summary'") == 6
    assert await pool.fetchval("SELECT count(*) FROM order_summary") == 3


async def test_orders_keep_coming_and_being_shown_while_a_projection_is_rebuilt(pool: Pool) -> None:
    store, views = PostgresEventStore(pool), PostgresOrderViews(pool)
    await orders_arrive(pool, 200)
    live = asyncio.create_task(ProjectionRunner(pool, PostgresEventFeed(pool), "live").run())
    enough, numbers = asyncio.Event(), count(1_000)
    arrived: list[str] = []

    async def buyer() -> None:
        while not enough.is_set():
            order_id = f"ord_{next(numbers)}"
            await tell(store, order_id, Story(order_id).paid())
            arrived.append(order_id)

    async with asyncio.timeout(40):
        buyers = [asyncio.create_task(buyer()) for _ in range(3)]
        for _ in range(3):
            await rebuild(pool, "rebuilder")
            assert await views.get("ord_7") == fold(Story("ord_7").paid())
        enough.set()
        await asyncio.gather(*buyers)
        await until(lambda: is_level(pool))
    live.cancel()
    await asyncio.wait([live])

    rows = await pool.fetch("SELECT id FROM order_summary WHERE status = 'paid' AND version = 4")
    assert len(arrived) > 10
    assert {row["id"] for row in rows} == {f"ord_{index}" for index in range(200)} | set(arrived)


async def test_what_a_rebuild_could_not_take_is_what_is_parked_afterwards(pool: Pool) -> None:
    store = PostgresEventStore(pool)
    await orders_arrive(pool, 2)
    await store.append("ord_bad", 0, "k", [EventRecord("OrderTeleported", 1, {}, NOON)], EventMetadata())
    await pool.execute("INSERT INTO projection_parked VALUES ('orders', 'ord_1', 1, 1, 'repaired since')")

    await rebuild(pool, "rebuilder")

    assert [stream.order_id for stream in (await projection_health(pool)).parked] == ["ord_bad"]


async def test_a_second_rebuild_is_refused_while_one_runs(pool: Pool) -> None:
    async with pool.acquire() as session:
        await checkpoints.claim(session, "orders:rebuild", "first")

    with pytest.raises(RebuildRunningError):
        await rebuild(pool, "second")


async def test_progress_tells_how_far_it_is_and_where_it_ends(pool: Pool) -> None:
    await orders_arrive(pool, 5)
    heard: list[tuple[int, int]] = []

    reached = await rebuild(pool, "rebuilder", progress=lambda done, of: heard.append((done, of)))

    assert heard[-1] == (reached, reached)
    assert reached == 20
