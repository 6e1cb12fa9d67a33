"""A writer that never ends, streams of any length, a slow server: what goes on all the same, and how."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.projections import audit as audits
from adapters.postgres.projections import batch, checkpoints, folding, loading
from adapters.postgres.projections.audit import audit
from adapters.postgres.projections.auditor import Auditor
from adapters.postgres.projections.batch import resume
from adapters.postgres.projections.health import projection_health
from adapters.postgres.projections.rebuild import RebuildRunningError, rebuild
from adapters.postgres.projections.registry import PROJECTIONS
from adapters.postgres.projections.shared_feed import SharedFeed
from domain.events import EventMetadata, EventRecord
from tests.integration.projections.shop import a_cart, project, returned, rows, tell
from tests.support.builders import NOON

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from domain.ports.notices import Alert

EVERY_OF_ORDERS = pytest.mark.parametrize("name", [name for name in PROJECTIONS if name != "price_audit"])
NONSENSE = EventRecord("OrderTeleported", 1, {"where": "moon"}, NOON)


class NoAlerts:
    async def raise_alert(self, alert: Alert) -> None:
        raise AssertionError(alert)


@asynccontextmanager
async def a_writer_that_never_ends(pool: Pool) -> AsyncIterator[None]:
    """It has drawn a position and neither commits nor gives up; whoever looks for news waits for it."""
    async with pool.acquire() as session:
        foreign = session.transaction()
        await foreign.start()
        await PostgresEventStore(session).append("ord_foreign", 0, "k", [NONSENSE], EventMetadata())
        try:
            yield
        finally:
            await foreign.rollback()


@pytest.fixture
def in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams of more than three events are long ones."""
    monkeypatch.setattr(loading, "EVENTS", 3)
    monkeypatch.setattr(folding, "MOST_AT_ONCE", 3)


async def test_a_rebuild_swaps_in_what_the_live_tables_show_while_a_writer_never_ends(pool: Pool) -> None:
    await tell(pool, *(returned(f"ord_{number}") for number in range(4)))
    await project(pool, "sales_daily")
    before = await rows(pool, "sales_daily")
    goals: list[int] = []

    async with asyncio.timeout(20), a_writer_that_never_ends(pool):
        reached = await rebuild(
            pool,
            "rebuilder",
            projection=PROJECTIONS["sales_daily"],
            progress=lambda _, goal: goals.append(goal),
        )

    assert await rows(pool, "sales_daily") == before
    assert reached == goals[0] == await pool.fetchval("SELECT max(position) FROM order_events")


async def test_who_is_far_behind_reads_what_is_final_while_a_writer_never_ends(pool: Pool) -> None:
    feed = SharedFeed(pool, most=2)
    await tell(pool, a_cart("ord_1").paid())
    everything = await feed.after(0, 100)

    async with asyncio.timeout(0.9), a_writer_that_never_ends(pool):
        again = await feed.after(0, 100)

    assert again.events == everything.events
    assert len(again.events) > 2


async def test_lag_grows_while_a_writer_never_ends(pool: Pool) -> None:
    await tell(pool, a_cart("ord_1").created())
    await project(pool, "orders")

    async with a_writer_that_never_ends(pool):
        await tell(pool, a_cart("ord_2").created())
        await project(pool, "orders")
        first = (await projection_health(pool, "orders")).lag
        second = (await projection_health(pool, "orders")).lag

    assert timedelta() < first < second


async def only_the_newest_event_is_left(pool: Pool) -> None:
    newest = "SELECT 'orders', max(position) - 1 FROM order_events"
    await pool.execute(f"INSERT INTO projection_checkpoints (name, position) {newest}")


@EVERY_OF_ORDERS
@pytest.mark.usefixtures("in_slices")
async def test_streams_of_any_length_are_rebuilt_slice_by_slice(pool: Pool, name: str) -> None:
    await tell(pool, *(returned(f"ord_{number}") for number in range(3)), a_cart("ord_short").created())
    await PostgresEventStore(pool).append("ord_z", 0, "nonsense", [NONSENSE] * 5, EventMetadata())
    await project(pool, name)
    before = await rows(pool, name)

    await rebuild(pool, "rebuilder", projection=PROJECTIONS[name])

    assert await rows(pool, name) == before
    assert [stream.order_id for stream in (await projection_health(pool, name)).parked] == ["ord_z"]


@pytest.mark.usefixtures("in_slices")
async def test_no_more_of_a_stream_than_a_slice_is_ever_read(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(pool, returned("ord_1"))
    sizes: list[int] = []
    fold = folding.fold_stream

    def counting(folded: Any, streams: Any, stream: str, events: Any, state: Any = None) -> None:
        sizes.append(len(events))
        fold(folded, streams, stream, events, state)

    monkeypatch.setattr(folding, "fold_stream", counting)
    await rebuild(pool, "rebuilder")
    await project(pool, "orders", batch=1)

    assert max(sizes) == 3
    assert sum(sizes) >= len(returned("ord_1").events)


@pytest.mark.usefixtures("in_slices")
async def test_what_came_before_a_batch_is_read_in_slices(pool: Pool) -> None:
    story = returned("ord_1")
    await tell(pool, story)
    newest = await pool.fetchval("SELECT max(position) FROM order_events")
    await pool.execute(
        "INSERT INTO projection_checkpoints (name, position) VALUES ('orders', $1)", newest - 1
    )

    await project(pool, "orders")

    assert await pool.fetchval("SELECT version FROM order_views") == len(story.events)


@pytest.mark.usefixtures("in_slices")
async def test_a_long_stream_that_was_bad_long_ago_stops_at_that_event(pool: Pool) -> None:
    store = PostgresEventStore(pool)
    await tell(pool, a_cart("ord_1").paid(), returned("ord_2"))
    head = await store.head("ord_1")
    for number in range(5):
        await store.append("ord_1", head + number, f"bad-{number}", [NONSENSE], EventMetadata())
    newest = await pool.fetchval("SELECT max(position) FROM order_events")
    await pool.execute(
        "INSERT INTO projection_checkpoints (name, position) VALUES ('orders', $1)", newest - 1
    )

    await project(pool, "orders")

    (parked,) = (await projection_health(pool, "orders")).parked
    assert (parked.order_id, parked.version) == ("ord_1", head + 1)


async def test_many_parked_streams_go_on_some_at_a_time(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_TOGETHER", 2)
    stories = [returned(f"ord_{number}") for number in range(5)]
    await tell(pool, *stories)
    await PostgresEventStore(pool).append("ord_bad", 0, "nonsense", [NONSENSE], EventMetadata())
    await project(pool, "stock_board")
    whole = await rows(pool, "stock_board")
    parked = "SELECT 'stock_board', order_id, 1, 1, 'repaired since' FROM stock_parts"
    await pool.execute(f"INSERT INTO projection_parked {parked}")
    await pool.execute("TRUNCATE stock_parts, stock_board")

    went_on = await resume(pool, "stock_board")

    assert set(went_on) == {story.order_id for story in stories}
    assert [stream.order_id for stream in (await projection_health(pool, "stock_board")).parked] == [
        "ord_bad"
    ]
    assert await rows(pool, "stock_board") == whole


async def test_a_rebuild_that_makes_its_indexes_is_told_of_as_running(pool: Pool) -> None:
    """It holds its checkpoint for as long as that takes, so that asking for it runs into a time limit."""
    async with pool.acquire() as session:
        held = await checkpoints.claim(session, "orders:rebuild", "first")
        assert held is not None
        async with session.transaction():
            await checkpoints.advance(session, held, 0)

            with pytest.raises(RebuildRunningError):
                await rebuild(pool, "second")


async def test_a_projection_that_cannot_be_audited_now_keeps_no_other_from_it(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(pool, a_cart("ord_1").paid())
    await project(pool)
    whole = audits.audit_whole

    async def slow(pool: Pool, projection: Any) -> Any:
        if projection.name == "orders":
            raise asyncpg.QueryCanceledError
        return await whole(pool, projection)

    monkeypatch.setattr("adapters.postgres.projections.auditor.audit_whole", slow)

    looked = await Auditor(pool, NoAlerts()).look()  # type: ignore[arg-type]

    assert [found.projection for found in looked] == [name for name in PROJECTIONS if name != "orders"]


async def test_no_alarm_is_raised_while_orders_come_and_tables_are_swapped(pool: Pool) -> None:
    enough = asyncio.Event()

    async def shop() -> None:
        number = 0
        while not enough.is_set():
            number += 1
            await tell(pool, returned(f"ord_{number}"), a_cart(f"ord_x{number}").paid())

    async def follow() -> None:
        while not enough.is_set():
            await project(pool, "orders", "sales_daily", "settlement_lines", batch=7)

    async def swap() -> None:
        while not enough.is_set():
            await rebuild(pool, "rebuilder", projection=PROJECTIONS["sales_daily"])

    at_work = [asyncio.create_task(work()) for work in (shop, follow, swap)]
    found: list[object] = []
    for _ in range(6):
        await asyncio.sleep(0)
        for name in ("orders", "sales_daily", "settlement_lines"):
            found += (await audit(pool, PROJECTIONS[name])).missing
    enough.set()
    await asyncio.gather(*at_work)

    assert found == []
