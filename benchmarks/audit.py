"""What an audit answer costs, against `SELECT 1` over the same connections in the same rounds.

    python -m benchmarks.audit [--rounds 5] [--each 500] [--orders 100000]

The table holds eight events for each order, one in fifty of the streams is a proposal. Names are asked at
random, one after the other. It prints medians, spreads and the ratio of each round, and judges nothing.
"""

from __future__ import annotations

import argparse
import random
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvloop
from rich.console import Console
from rich.table import Table

from adapters.postgres.audit import PostgresAuditTrail
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import open_pool
from domain.ports.audit import AuditSubject
from ops.folder import DataFolder
from ops.servers.postgres import EmbeddedPostgres
from ops.servers.say import silent

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

EVENTS_OF_A_STREAM: Final = 8
_PROPOSALS: Final = 50
_FILL_SECONDS: Final = 600
_BASELINE: Final = "select 1"
_STREAMS: Final = """
INSERT INTO order_streams (order_id, version, link)
SELECT $1 || n, $3, sha256('') FROM generate_series(1, $2::integer) n
"""
# Every event has a size as in life; the first two of a stream speak of a refund, or of the price of a SKU.
_EVENTS: Final = """
INSERT INTO order_events (order_id, version, position, event_type, schema_version, command_key,
                          command_digest, data, metadata, occurred_at, link)
SELECT $1 || n, v, nextval('event_positions'), 'Filling', 1, 'fill-' || v, '',
       CASE WHEN v > 2 THEN jsonb_build_object('note', repeat('x', 300))
            WHEN $1 LIKE 'price:%' THEN jsonb_build_object('content', jsonb_build_object(
                'prices', jsonb_build_object('sku', 'sku_' || n, 'prices', '[]'::jsonb), 'promotion', null))
            ELSE jsonb_build_object('refund_key', 'ref_' || n, 'reason', repeat('x', 30)) END,
       '{"actor": "filler", "causation_id": "fill"}', now(), sha256('')
FROM generate_series(1, $2::integer) n, generate_series(1, $3::integer) v
"""


async def fill(pool: Pool, orders: int) -> None:
    """Put so many orders and a fiftieth of proposals into an empty store, past its function, and ANALYZE."""
    for prefix, streams in (("ord_", orders), ("price:prp_", orders // _PROPOSALS)):
        for statement in (_STREAMS, _EVENTS):
            async with pool.acquire() as session, session.transaction():
                await session.execute("SET LOCAL statement_timeout = 0")
                await session.execute(statement, prefix, streams, EVENTS_OF_A_STREAM, timeout=_FILL_SECONDS)
    await pool.execute("VACUUM ANALYZE order_events", timeout=_FILL_SECONDS)


def questions(pool: Pool, orders: int) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """One call of each kind about something at random; the baseline first."""
    trail = PostgresAuditTrail(pool)

    def about(subject: AuditSubject, prefix: str, largest: int) -> Callable[[], Awaitable[object]]:
        return lambda: trail.of(subject, f"{prefix}{random.randint(1, largest)}")

    return {
        _BASELINE: lambda: pool.fetchval("SELECT 1"),
        "order": about(AuditSubject.ORDER, "ord_", orders),
        "refund": about(AuditSubject.REFUND, "ref_", orders),
        "price": about(AuditSubject.PRICE, "sku_", orders // _PROPOSALS),
    }


async def _milliseconds(call: Callable[[], Awaitable[object]], each: int) -> float:
    times = []
    for _ in range(each):
        begun = time.perf_counter()
        await call()
        times.append((time.perf_counter() - begun) * 1_000)
    return statistics.median(times)


async def _measure(database_url: str, rounds: int, each: int, orders: int) -> Mapping[str, list[float]]:
    pool = await open_pool(database_url, application="benchmark")
    try:
        await fill(pool, orders)
        calls = questions(pool, orders)
        for call in calls.values():
            await _milliseconds(call, each)  # caches and prepared statements are warm in life too
        figures: dict[str, list[float]] = defaultdict(list)
        for _ in range(rounds):
            for name, call in calls.items():
                figures[name].append(await _milliseconds(call, each))
        return figures
    finally:
        await pool.close()


def _print(figures: Mapping[str, list[float]], orders: int) -> None:
    events = (orders + orders // _PROPOSALS) * EVENTS_OF_A_STREAM
    table = Table("look-up", "ms", "against select 1", title=f"{events:,} events")
    for name, times in figures.items():
        ratios = [time / base for time, base in zip(times, figures[_BASELINE], strict=True)]
        table.add_row(name, _spread(times, 3), f"{_spread(ratios, 2)} ×")
    Console().print(table)


def _spread(values: list[float], digits: int) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} [{low:.{digits}f} – {high:.{digits}f}]"


def main() -> None:
    """Start a server, fill it, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--each", type=int, default=500)
    parser.add_argument("--orders", type=int, default=100_000)
    asked = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="orderkeep-bench-") as path, DataFolder(Path(path)) as folder:
        server = EmbeddedPostgres(folder, port, "orderkeep", silent)
        server.start()
        try:
            migrate(server.address)
            _print(uvloop.run(_measure(server.address, asked.rounds, asked.each, asked.orders)), asked.orders)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
