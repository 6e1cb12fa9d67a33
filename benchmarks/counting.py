"""Counts exactly what one order costs: history events, Temporal tasks, and statements sent to Postgres.

Postgres is told to log every statement with the name of its sender for a while. Statements that loops send
whether or not anybody orders are seen in a silent stretch first, and left out.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path

import asyncpg
import httpx
from rich.console import Console
from rich.table import Table
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle

from benchmarks.systems import Orderkeep

ORDERS = 10
_SILENCE = 3.0
_HEAD = 120
_ENTRY = re.compile(r"(orderkeep-\w+)@ .*?(?:execute \S+|statement): (.*)", re.DOTALL)
_ORDERS_ONLY = ("orderkeep-api", "orderkeep-worker")


async def count(
    ours: Orderkeep, provider: httpx.AsyncClient, temporal: Client, database: tuple[str, Path], say: Console
) -> None:
    """Place, pay and finish some orders one after the other, and print what each of them cost.

    `database` is the URL of Postgres and the file that it logs to.
    """
    database_url, log = database
    await _log_statements(database_url, "all")
    try:
        loops = await _statements_during(log, asyncio.sleep(_SILENCE))
        wishes = [await ours.prepare("counted", "bench-0") for _ in range(ORDERS)]
        placed: list[tuple[str, str]] = []
        first = await _statements_during(log, _place(ours, wishes, placed))
        handles = [temporal.get_workflow_handle(f"order:{order_id}") for order_id, _ in placed]
        created = [await _history(handle) for handle in handles]
        rest = await _statements_during(log, _finish(provider, placed, handles))
        whole = [await _history(handle) for handle in handles]
    finally:
        await _log_statements(database_url, "none")
    table = Table("per order", "until the first answer", "until completed")
    for what in ("history events", "workflow tasks", "regular activities"):
        table.add_row(what, _each(created, what), _each(whole, what))
    for sender in _ORDERS_ONLY:
        until_first = _per_order(first, loops, sender)
        table.add_row(
            f"statements of {sender}", str(until_first), str(until_first + _per_order(rest, loops, sender))
        )
    say.print(table)


async def _place(ours: Orderkeep, wishes: list[dict[str, object]], placed: list[tuple[str, str]]) -> None:
    placed.extend([await ours.place(wish) for wish in wishes])


async def _finish(
    provider: httpx.AsyncClient, placed: list[tuple[str, str]], handles: list[WorkflowHandle[object, object]]
) -> None:
    for (_, pay_url), handle in zip(placed, handles, strict=True):
        (await provider.post(pay_url, json={"action": "pay"})).raise_for_status()
        await asyncio.wait_for(handle.result(), 60)


async def _statements_during(log: Path, work: Awaitable[object]) -> Counter[tuple[str, str]]:
    begin = _size(log)
    await work
    await asyncio.sleep(0.3)  # what was sent is in the log by then; the log is not flushed with the answer
    # A statement may fill several lines; a new entry begins with its sender between two signs.
    found = (_ENTRY.match(entry) for entry in re.split(r"^@", _since(log, begin), flags=re.MULTILINE))
    return Counter((match[1], " ".join(match[2].split())[:_HEAD]) for match in found if match)


def _size(log: Path) -> int:
    return log.stat().st_size


def _since(log: Path, begin: int) -> str:
    with log.open("rb") as lines:
        lines.seek(begin)
        return lines.read().decode(errors="replace")


def _per_order(seen: Counter[tuple[str, str]], loops: Counter[tuple[str, str]], sender: str) -> float:
    mine = (number for (who, what), number in seen.items() if who == sender and (who, what) not in loops)
    return sum(mine) / ORDERS


async def _history(handle: WorkflowHandle[object, object]) -> Counter[str]:
    kinds = [event.event_type async for event in handle.fetch_history_events()]
    return Counter(
        {
            "history events": len(kinds),
            "workflow tasks": kinds.count(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED),
            "regular activities": kinds.count(EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED),
        }
    )


def _each(histories: list[Counter[str]], what: str) -> str:
    numbers = sorted({history[what] for history in histories})
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} – {numbers[-1]}"


async def _log_statements(database_url: str, which: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
        await connection.execute("ALTER SYSTEM SET log_line_prefix = '@%a@ '")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
