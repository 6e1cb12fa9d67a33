"""How long after its append an event is shown by the projection, and what following an idle feed costs.

    python -m benchmarks.feed_lag [--rounds 5] [--events 100]

In every round each pace is measured in turn on one server of its own: orders that come closely (every 20 to
80 ms at random) and single ones after silence (1.5 to 2.5 s, a tenth as many). The time runs from the end of
the append to the first look that finds the view; looks are 1 ms apart. It judges nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvloop
from rich.console import Console
from rich.table import Table

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import open_pool
from adapters.postgres.projections.runner import Pace, ProjectionRunner
from domain.catalogue.items import Category
from domain.events import EventMetadata
from domain.money import Money
from domain.order.encoding import encode
from domain.order.lines import OrderLine
from domain.order.place import Wish, draft_order
from ops.folder import DataFolder
from ops.servers.postgres import EmbeddedPostgres
from ops.servers.say import silent

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

PACES: Final = {
    "growing at once": Pace(alert=timedelta()),
    "as shipped": Pace(),
}
ARRIVALS: Final = {"closely": (0.02, 0.08), "after silence": (1.5, 2.5)}
_LOOK: Final = 0.001
_PATIENCE: Final = 5.0
_POLLS: Final = 500
_VERSION: Final = "SELECT version FROM order_views WHERE id = $1"
_numbers = count(1)


@contextmanager
def _database() -> Iterator[str]:
    """A migrated database on a server that is started for it."""
    with tempfile.TemporaryDirectory(prefix="orderkeep-bench-") as path, DataFolder(Path(path)) as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        server = EmbeddedPostgres(folder, port, "orderkeep", silent)
        server.start()
        try:
            migrate(server.address)
            yield server.address
        finally:
            server.stop()


@asynccontextmanager
async def _following(pool: Pool, pace: Pace) -> AsyncIterator[None]:
    owner = f"bench-{next(_numbers)}"
    runner = asyncio.create_task(ProjectionRunner(pool, PostgresEventFeed(pool), owner, pace=pace).run())
    try:
        yield
    finally:
        runner.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await runner


async def _lag(pool: Pool) -> float:
    """Append a new order; seconds until its view is there."""
    order_id = f"ord_lag_{next(_numbers)}"
    line = OrderLine(1, "tea", "shop", "Tea", Category.VIRTUAL, 1, Money(1_000, "CNY"))
    wish = Wish(order_id, order_id, "buyer", "CNY", (line,), None, "snap_1")
    event = encode(draft_order(wish, datetime.now(UTC)))
    await PostgresEventStore(pool).append(order_id, 0, "place", [event], EventMetadata())
    started = time.perf_counter()
    async with asyncio.timeout(_PATIENCE):
        while await pool.fetchval(_VERSION, order_id) is None:
            await asyncio.sleep(_LOOK)
    return time.perf_counter() - started


async def _lags(pool: Pool, pace: Pace, pauses: tuple[float, float], events: int) -> list[float]:
    async with _following(pool, pace):
        await _lag(pool)  # until the runner holds the checkpoint; not counted
        found = []
        for _ in range(events):
            await asyncio.sleep(random.uniform(*pauses))
            found.append(1000 * await _lag(pool))
        return found


async def _poll_cost(pool: Pool) -> tuple[float, float]:
    """Milliseconds for asking a feed that has nothing new: the median, and our own processor time."""
    feed, position = PostgresEventFeed(pool), 0
    while (page := await feed.after(position, _POLLS)).frontier > position:
        position = page.frontier
    took, busy = [], time.process_time()
    for _ in range(_POLLS):
        started = time.perf_counter()
        await feed.after(position, 1)
        took.append(time.perf_counter() - started)
    return 1000 * statistics.median(took), 1000 * (time.process_time() - busy) / _POLLS


async def run(database_url: str, rounds: int, events: int, say: Console) -> None:
    """Measure and print."""
    pool = await open_pool(database_url, application="feed lag", largest=4, smallest=4)
    every: dict[tuple[str, str], list[float]] = defaultdict(list)
    table = Table("orders come", "pace", "round", "p50 ms", "p99 ms", "longest ms")
    for number in range(1, rounds + 1):
        for arrival, pauses in ARRIVALS.items():
            wanted = events if arrival == "closely" else max(2, events // 10)
            for name, pace in PACES.items():
                found = await _lags(pool, pace, pauses, wanted)
                every[arrival, name] += found
                table.add_row(arrival, name, str(number), *_figures(found))
        say.print(f"round {number} of {rounds} done")
    for (arrival, name), found in every.items():
        table.add_row(arrival, name, f"all, {len(found)} events", *_figures(found), style="bold")
    say.print(table)
    took, worked = await _poll_cost(pool)
    say.print(f"asking an idle feed: {took:.3f} ms, of which {worked:.3f} ms are our own processor time")
    await pool.close()


def _figures(found: list[float]) -> tuple[str, str, str]:
    p99 = statistics.quantiles(found, n=100, method="inclusive")[98]
    return f"{statistics.median(found):.1f}", f"{p99:.1f}", f"{max(found):.1f}"


def main() -> None:
    """Parse options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=100, help="orders in a row, for each pace and round")
    options = parser.parse_args()
    with _database() as url:
        uvloop.run(run(url, options.rounds, options.events, Console()))


if __name__ == "__main__":
    main()
