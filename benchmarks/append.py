"""Streams of five events appended per second, ours against other stores on the same Postgres.

    python -m benchmarks.append [--rounds 5] [--streams 400]

Rounds are interleaved; every system has a database of its own on one server, with fsync and
synchronous_commit on. Prints the median and the spread, and the ratios round by round; then counts the rows.
Judges nothing. No protobuf: as an order's events, but without their second encoding, which no baseline has.
The recorder is the lowest layer of pyeventsourcing alone, without its aggregates and its mapper.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.append_systems import DATA, Append, Opened, application, orm, ours, recorder
from ops.folder import DataFolder
from ops.servers.postgres import EmbeddedPostgres
from ops.servers.say import silent

CLIENTS = (1, 16)
OURS = ("plain", "grouped")
RECORDER = "pyeventsourcing's recorder"
FUNCTIONS = f"{RECORDER}, functions"
BASELINES = ("SQLAlchemy ORM", "pyeventsourcing", RECORDER, FUNCTIONS)
WITHOUT_BODIES = ("plain, no protobuf", "grouped, no protobuf")
Figures = dict[tuple[str, int], list[float]]


@contextmanager
def _server() -> Iterator[EmbeddedPostgres]:
    with tempfile.TemporaryDirectory(prefix="orderkeep-bench-") as path, DataFolder(Path(path)) as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        server = EmbeddedPostgres(folder, port, "orderkeep", silent)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _systems(server: EmbeddedPostgres) -> dict[str, AbstractAsyncContextManager[Opened]]:
    def url(number: int) -> str:
        return server.create_database(f"bench_{number}")

    return {
        "plain": ours(url(1), grouped=False),
        "grouped": ours(url(2), grouped=True),
        "SQLAlchemy ORM": orm(url(3)),
        "pyeventsourcing": application(url(4)),
        RECORDER: recorder(url(5), functions=False),
        FUNCTIONS: recorder(url(6), functions=True),
        "plain, no protobuf": ours(url(7), grouped=False, bodies=False),
        "grouped, no protobuf": ours(url(8), grouped=True, bodies=False),
    }


async def _rate(append: Append, clients: int, streams: int) -> float:
    """Streams per second; each client appends one after the other."""

    async def client() -> None:
        for _ in range(streams // clients):
            await append()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return (streams // clients) * clients / (time.perf_counter() - started)


async def run(rounds: int, streams: int, say: Console) -> None:
    """Start the server, measure, print, count."""
    figures: Figures = defaultdict(list)
    with _server() as server:
        async with AsyncExitStack() as opened:
            systems = {
                name: await opened.enter_async_context(system) for name, system in _systems(server).items()
            }
            for append, _ in systems.values():  # connections, plans and code paths; not counted
                await _rate(append, 16, 64)
            for number in range(rounds):
                names = list(systems) if number % 2 == 0 else list(reversed(systems))
                for clients in CLIENTS:
                    for name in names:
                        few = streams if clients > 1 else streams // 4
                        figures[name, clients].append(await _rate(systems[name][0], clients, few))
                say.print(f"round {number + 1} of {rounds} done")
            _show(figures, list(systems), say)
            expected = 64 + rounds * sum(((streams if c > 1 else streams // 4) // c) * c for c in CLIENTS)
            for name, (_, count) in systems.items():
                found = await count()
                say.print(f"{name}: {found} events stored, {expected * len(DATA)} expected")
                if found != expected * len(DATA):
                    raise SystemExit(1)


def _show(figures: Figures, names: list[str], say: Console) -> None:
    rates = Table("streams of five events/s", *(f"{clients} clients" for clients in CLIENTS))
    for name in names:
        rates.add_row(name, *(_spread(figures[name, clients], 0) for clients in CLIENTS))
    say.print(rates)
    ratios = Table("ours : theirs", *(f"{clients} clients" for clients in CLIENTS))
    for name in (*OURS, *WITHOUT_BODIES):
        for baseline in BASELINES:
            cells = [
                [mine / theirs for mine, theirs in zip(figures[name, c], figures[baseline, c], strict=True)]
                for c in CLIENTS
            ]
            ratios.add_row(f"{name} : {baseline}", *(_spread(cell, 1) for cell in cells))
    say.print(ratios)
    say.print("median [smallest – largest] over the rounds", markup=False)


def _spread(values: list[float], digits: int) -> str:
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} [{low:.{digits}f} – {high:.{digits}f}]"


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--streams", type=int, default=400)
    wanted = parser.parse_args()
    uvloop.run(run(wanted.rounds, wanted.streams, Console()))


if __name__ == "__main__":
    main()
