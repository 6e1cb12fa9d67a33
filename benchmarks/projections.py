"""Events per second of catching up and of rebuilding, against a handler for each event; and feed to view.

    python -m benchmarks.projections [--rounds 5] [--orders 3000] [--handled 600] [--lags 300]

In every round the three ways make `order_views` and `order_summary` from the same events on the same server,
in turn. The handler is what one writes first: for each event one transaction that reads the view, applies the
event, writes both rows and the checkpoint; it is timed on `--handled` events. Then all projections follow
together while orders come, busily and seldom; the time runs from the end of an append to the first look that
finds its view. It judges nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Final

import uvloop
from rich.console import Console
from rich.table import Table

from adapters.memory.notices import MemoryNotices
from adapters.memory.order_cache import MemoryOrderCache
from adapters.postgres.events import PostgresEventStore, stored_event
from adapters.postgres.pool import open_pool
from adapters.postgres.projections.collecting import collecting_seldom
from adapters.postgres.projections.folding import KnownStates
from adapters.postgres.projections.orders import summary_row, view_row
from adapters.postgres.projections.projector import Projector
from adapters.postgres.projections.rebuild import rebuild
from adapters.postgres.projections.registry import PROJECTIONS
from adapters.postgres.projections.runner import ProjectionRunner
from adapters.postgres.projections.shared_feed import SharedFeed
from adapters.postgres.tables.projections import order_summary, order_views
from adapters.postgres.wakeups import open_wakeups
from benchmarks.feed_lag import _database
from benchmarks.order_stories import a_whole_order
from domain.events import EventMetadata, StoredEvent
from domain.order.document import order_from
from domain.order.encoding import decode, encode
from domain.order.order import fold

if TYPE_CHECKING:
    from sqlalchemy import Table as SqlTable

    from adapters.postgres.pool import Pool
    from domain.order.events import OrderEvent

Way = Callable[["Pool"], Awaitable[tuple[int, float]]]
_AT_ONCE: Final = 8
_LOOK: Final = 0.001
_PATIENCE: Final = 10.0
_STATE: Final = "SELECT state FROM order_views WHERE id = $1"
_VERSION: Final = "SELECT version FROM order_views WHERE id = $1"
_CHECKPOINT: Final = """
INSERT INTO projection_checkpoints (name, position) VALUES ('handler', $1)
ON CONFLICT (name) DO UPDATE SET position = excluded.position
"""
_numbers = count(1)


async def _fill(pool: Pool, orders: int) -> int:
    """So many whole orders, their commands among each other; how many events that is."""
    store, told = PostgresEventStore(pool), 0
    for first in range(0, orders, 200):
        stories = {f"ord_bench_{number:06}": 0 for number in range(first, min(first + 200, orders))}
        events = {order_id: a_whole_order(order_id) for order_id in stories}
        turn = asyncio.Semaphore(_AT_ONCE)
        while any(stories[order_id] < len(events[order_id]) for order_id in stories):
            await asyncio.gather(*(_step(store, turn, name, events[name], stories) for name in stories))
        told += sum(stories.values())
    return told


async def _step(
    store: PostgresEventStore,
    turn: asyncio.Semaphore,
    order_id: str,
    events: list[OrderEvent],
    at: dict[str, int],
) -> None:
    head = at[order_id]
    batch = [encode(event) for event in events[head : head + random.randint(1, 3)]]
    if batch:
        async with turn:
            await store.append(order_id, head, f"step-{head}", batch, EventMetadata(actor="bench"))
        at[order_id] = head + len(batch)


def _upsert(table: SqlTable) -> str:
    columns = [column.name for column in table.columns if not column.primary_key]
    changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
    row = f"jsonb_populate_record(NULL::{table.name}, $1)"
    return f"INSERT INTO {table.name} SELECT * FROM {row} ON CONFLICT (id) DO UPDATE SET {changes}"  # noqa: S608 - constants only


def _handler(handled: int) -> Way:
    view, summary = _upsert(order_views), _upsert(order_summary)

    async def handle(pool: Pool, event: StoredEvent) -> None:
        async with pool.acquire() as session, session.transaction():
            state = await session.fetchval(_STATE, event.stream_id)
            order = fold([decode(event)], onto=order_from(state) if state else None)
            await session.execute(view, view_row(order))
            await session.execute(summary, summary_row(order))
            await session.execute(_CHECKPOINT, event.position)

    async def way(pool: Pool) -> tuple[int, float]:
        rows = await pool.fetch("SELECT * FROM order_events ORDER BY position LIMIT $1", handled)
        events = [stored_event(row) for row in rows]
        started = time.perf_counter()
        for event in events:
            await handle(pool, event)
        return len(events), time.perf_counter() - started

    return way


async def _catch_up(pool: Pool) -> tuple[int, float]:
    owner = f"bench-{next(_numbers)}"
    runner = ProjectionRunner(pool, SharedFeed(pool), owner, known=KnownStates())
    started, events = time.perf_counter(), 0
    with collecting_seldom():  # as in the projector's process
        while worked := await runner.step():
            events += worked
    return events, time.perf_counter() - started


async def _rebuild(pool: Pool) -> tuple[int, float]:
    started = time.perf_counter()
    await rebuild(pool, f"bench-{next(_numbers)}", projection=PROJECTIONS["orders"])
    took = time.perf_counter() - started
    return await pool.fetchval("SELECT count(*) FROM order_events"), took


async def _rates(pool: Pool, rounds: int, handled: int, say: Console) -> dict[str, list[float]]:
    ways: dict[str, Way] = {
        "a handler for each event": _handler(handled),
        "catching up": _catch_up,
        "rebuilding": _rebuild,
    }
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds):
        names = list(ways) if number % 2 == 0 else list(ways)[::-1]
        for name in names:
            await pool.execute("TRUNCATE order_views, order_summary; DELETE FROM projection_checkpoints")
            events, took = await ways[name](pool)
            found[name].append(events / took)
        say.print(f"round {number + 1} of {rounds} done")
    return found


@asynccontextmanager
async def _following(database_url: str, pool: Pool) -> AsyncIterator[None]:
    async with open_wakeups(database_url, application="bench") as wakes:
        projector = Projector(pool, MemoryOrderCache(), MemoryNotices(), wakes=wakes)
        running = asyncio.create_task(projector.run())
        try:
            while any(health.lag for health in await projector.health()):
                await asyncio.sleep(0.05)
            yield
        finally:
            running.cancel()
            await asyncio.wait([running])


async def _lag(pool: Pool) -> float:
    order_id = f"ord_lag_{next(_numbers)}"
    event = encode(a_whole_order(order_id, datetime.now(UTC))[0])
    await PostgresEventStore(pool).append(order_id, 0, "place", [event], EventMetadata())
    started = time.perf_counter()
    async with asyncio.timeout(_PATIENCE):
        while await pool.fetchval(_VERSION, order_id) is None:
            await asyncio.sleep(_LOOK)
    return 1000 * (time.perf_counter() - started)


async def _lags(pool: Pool, pauses: tuple[float, float], looks: int, *, busy: bool) -> list[float]:
    enough = asyncio.Event()

    async def others() -> None:
        while busy and not enough.is_set():
            name = f"ord_load_{next(_numbers)}"
            at = {name: 0}
            story, turn = a_whole_order(name, datetime.now(UTC)), asyncio.Semaphore(1)
            while at[name] < len(story) and not enough.is_set():
                await _step(PostgresEventStore(pool), turn, name, story, at)
                await asyncio.sleep(random.uniform(0.01, 0.03))

    writers = [asyncio.create_task(others()) for _ in range(4)]
    found = []
    for _ in range(looks):
        await asyncio.sleep(random.uniform(*pauses))
        found.append(await _lag(pool))
    enough.set()
    await asyncio.gather(*writers)
    return found


async def run(database_url: str, options: argparse.Namespace, say: Console) -> None:
    """Fill, measure and print."""
    pool = await open_pool(database_url, application="bench", largest=16, smallest=4)
    events = await _fill(pool, options.orders)
    say.print(f"{options.orders} orders, {events} events")
    rates = await _rates(pool, options.rounds, options.handled, say)
    table = Table("order_views and order_summary", "events/s", "against the handler")
    base = rates["a handler for each event"]
    for name, found in rates.items():
        ratios = [mine / theirs for mine, theirs in zip(found, base, strict=True)]
        table.add_row(name, _spread(found, 0), _spread(ratios, 1) + " x")
    say.print(table)
    lags = Table("feed to view, all projections", "p50 ms", "p99 ms", "longest ms")
    async with _following(database_url, pool):
        for name, pauses, busy in (("under load", (0.02, 0.08), True), ("seldom", (0.3, 0.7), False)):
            looks = options.lags if busy else max(20, options.lags // 5)
            lags.add_row(name, *_figures(await _lags(pool, pauses, looks, busy=busy)))
    say.print(lags)
    await pool.close()


def _spread(values: list[float], digits: int) -> str:
    shown = [f"{value:,.{digits}f}" for value in (statistics.median(values), min(values), max(values))]
    return f"{shown[0]} [{shown[1]} – {shown[2]}]"


def _figures(found: list[float]) -> tuple[str, str, str]:
    p99 = statistics.quantiles(found, n=100, method="inclusive")[98]
    return f"{statistics.median(found):.1f}", f"{p99:.1f}", f"{max(found):.1f}"


def main() -> None:
    """Parse options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--orders", type=int, default=3_000)
    parser.add_argument("--handled", type=int, default=600, help="events that the handler is timed on")
    parser.add_argument("--lags", type=int, default=300, help="orders whose way to the view is timed")
    with _database() as url:
        uvloop.run(run(url, parser.parse_args(), Console()))


if __name__ == "__main__":
    main()
