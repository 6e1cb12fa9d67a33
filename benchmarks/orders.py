"""Orders per second against two baselines, same servers, interleaved rounds.

    python -m benchmarks.orders [--rounds 5] [--each 20]

Prints for every figure the median and the spread over the rounds, and the ratios of each round. Then counts
exactly what one order costs in history events, tasks and statements. Judges nothing: `docs/benchmarks.md`
says what came out and when.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table
from temporalio.client import Client

from benchmarks.baseline.store import create_tables, open_engine
from benchmarks.counting import count
from benchmarks.systems import Baseline, Orderkeep, System, client_for, first_answers, whole_orders
from ops.servers.postgres import EmbeddedPostgres
from ops.stack import Stack

Figures = dict[tuple[str, str, int], list[float]]
_START_PATIENCE = 30.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _role(role: str, port: int) -> Iterator[str]:
    environment = {**os.environ, "BASELINE_PORT": str(port)}
    command = [sys.executable, "-m", "benchmarks.baseline.app", role]
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


async def _until_open(port: int) -> None:
    deadline = time.monotonic() + _START_PATIENCE
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        if time.monotonic() > deadline:
            message = f"nothing listens on port {port}"
            raise TimeoutError(message)
        await asyncio.sleep(0.05)


async def _measure(
    systems: list[System], provider: httpx.AsyncClient, rounds: int, each: int, say: Console
) -> Figures:
    figures: Figures = defaultdict(list)
    for system in systems:  # warm up pools, caches and code paths; not counted
        await whole_orders(system, provider, 4, 3)
    for number in range(rounds):
        for clients in (1, 16):
            order = systems if number % 2 == 0 else systems[::-1]
            for system in order:
                times, rate = await first_answers(system, clients, each)
                figures["first answer, median ms", system.name, clients].append(_median_ms(times))
                figures["first answers/s", system.name, clients].append(rate)
                times, rate = await whole_orders(system, provider, clients, each)
                figures["whole order, median ms", system.name, clients].append(_median_ms(times))
                figures["whole orders/s", system.name, clients].append(rate)
        say.print(f"round {number + 1} of {rounds} done")
    return figures


def _median_ms(times: list[float]) -> float:
    return 1000 * statistics.median(times)


def _show(figures: Figures, names: list[str], say: Console) -> None:
    table = Table("figure", "clients", *names, *(f"orderkeep : {name}" for name in names[1:]))
    for what in dict.fromkeys(key[0] for key in figures):
        for clients in (1, 16):
            ours = figures[what, names[0], clients]
            cells = [_spread(figures[what, name, clients]) for name in names]
            ratios = [_ratio(ours, figures[what, name, clients]) for name in names[1:]]
            table.add_row(what, str(clients), *cells, *ratios)
    say.print(table)
    say.print("median [smallest – largest] over the rounds; ratios are taken round by round")


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} [{min(values):.1f} – {max(values):.1f}]"


def _ratio(ours: list[float], theirs: list[float]) -> str:
    return _spread([a / b for a, b in zip(ours, theirs, strict=True)]).replace(" [", "x [", 1)


async def run(rounds: int, each: int) -> None:
    """Start everything, measure, print."""
    say = Console(width=150)
    port_naive, port_orm = _free_port(), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="orderkeep-bench-"))
    environment = {**os.environ, "ORDERKEEP_RETURN_WINDOW_SECONDS": "0"}
    async with contextlib.AsyncExitStack() as held:
        stack = await held.enter_async_context(Stack(folder, environment=environment, say=say.print))
        postgres = stack.servers.postgres
        if not isinstance(postgres, EmbeddedPostgres):
            sys.exit("the benchmark runs on embedded servers: unset DATABASE_URL")
        url = postgres.create_database("baseline")
        os.environ["BASELINE_DATABASE_URL"] = url
        os.environ["ORDERKEEP_PROVIDER_URL"] = stack.provider_url
        os.environ["TEMPORAL_ADDRESS"] = stack.addresses.temporal_address
        await create_tables(open_engine(), 50)
        naive = held.enter_context(_role("naive", port_naive))
        orm = held.enter_context(_role("orm", port_orm))
        held.enter_context(_role("worker", port_naive))
        await asyncio.gather(_until_open(port_naive), _until_open(port_orm))
        ours = Orderkeep(await held.enter_async_context(client_for(stack.api_url)))
        await ours.put_catalogue()
        systems: list[System] = [
            ours,
            Baseline("naive temporal", await held.enter_async_context(client_for(naive))),
            Baseline("orm, no temporal", await held.enter_async_context(client_for(orm))),
        ]
        provider = await held.enter_async_context(client_for(stack.provider_url))
        figures = await _measure(systems, provider, rounds, each, say)
        if rounds:
            _show(figures, [system.name for system in systems], say)
        temporal = await Client.connect(stack.addresses.temporal_address)
        log = folder / "logs" / "postgres.log"
        await count(ours, provider, temporal, (stack.addresses.database_url, log), say)


def main() -> None:
    """Parse options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5, help="0 only counts")
    parser.add_argument("--each", type=int, default=20, help="orders per client and figure")
    options = parser.parse_args()
    asyncio.run(run(options.rounds, options.each))


if __name__ == "__main__":
    main()
