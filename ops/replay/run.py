"""One replay from file to account. The command line gives the wishes; the parts do the work."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from ops.replay.account import Account, every_refusal, make_account
from ops.replay.calls import Calls
from ops.replay.columns import Columns
from ops.replay.driving import Driver
from ops.replay.errors import HistoryError, ReplayError
from ops.replay.history import Invoice
from ops.replay.journal import Journal, opened
from ops.replay.orders_api import OrdersApi
from ops.replay.outcome import Results
from ops.replay.plan import Plan
from ops.replay.planning import make_plan
from ops.replay.progress import progress
from ops.replay.reading import digest, read_invoices
from ops.replay.refused_file import write_refusals
from ops.replay.report import print_account, speed
from ops.replay.sales import Sales
from ops.stack import running_api_url

ORDER_PATIENCE = timedelta(seconds=120)
CATCH_UP_PATIENCE = timedelta(seconds=60)
_LOOK_SECONDS = 0.2
_SCOPE_LENGTH = 16
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator asked for.

    ``folder`` holds the journal and the refused lines unless they are named, and the stack whose API is
    taken when there is no ``url``.
    """

    file: Path
    folder: Path
    columns: Columns
    url: str | None = None
    currency: str = "GBP"
    api_key: str | None = None
    rate: float | None = None
    pay: bool = False
    limit: int | None = None
    refused_file: Path | None = None
    journal: Path | None = None


def run_replay(wishes: Wishes, console: Console) -> int:
    """Replay; 0 when everything agrees, 1 when not, 130 after Ctrl-C.

    Raises:
        OperatorError: the file, the journal or the API does not allow a replay.
    """
    scope = f"{digest(wishes.file)[:_SCOPE_LENGTH]}-{wishes.currency.lower()}"
    invoices = tuple(read_invoices(wishes.file, wishes.columns))  # what is wrong with the file comes first
    path = wishes.journal or wishes.folder / "replays" / f"{scope}.jsonl"
    with opened(path, scope) as journal:
        plan = _plan(wishes, invoices, journal)
        _announce(console, wishes, plan, journal)
        try:
            return asyncio.run(_replay(wishes, scope, plan, journal, console))
        except KeyboardInterrupt:
            console.print(
                f"Interrupted. {len(journal.placed):,} orders are placed; the same command goes on."
            )
            return INTERRUPTED


def _running(folder: Path) -> str:
    url = running_api_url(folder)
    if url is None:
        raise ReplayError(f"no API runs in {folder}: start one with `orderkeep up`, or name one with --url")
    return url


def _plan(wishes: Wishes, invoices: Sequence[Invoice], journal: Journal) -> Plan:
    """With a limit that an earlier run went beyond, its orders stay part of the account."""
    whole = make_plan(invoices, wishes.currency)
    if wishes.limit is None:
        return whole
    places = enumerate((purchase.invoice.number for purchase in whole.purchases), start=1)
    reached = max((place for place, number in places if number in journal.snapshots), default=0)
    return make_plan(invoices, wishes.currency, max(wishes.limit, reached))


def _announce(console: Console, wishes: Wishes, plan: Plan, journal: Journal) -> None:
    orders = sum(1 for _ in plan.purchases)
    done = f", {len(journal.placed):,} of them placed by an earlier run" if journal.placed else ""
    console.print(
        f"{wishes.file.name}: {plan.lines_read:,} lines, {orders:,} orders{done}; "
        f"{len(plan.items):,} SKUs for the catalogue",
        highlight=False,
    )


async def _replay(wishes: Wishes, scope: str, plan: Plan, journal: Journal, console: Console) -> int:
    async with Calls(wishes.url or _running(wishes.folder), wishes.api_key) as calls:
        api = OrdersApi(calls, scope, ORDER_PATIENCE)
        with console.status("Putting the items on sale"):
            await api.offer(plan.items)
        driver = Driver(api, journal, pay=wishes.pay, rate=wishes.rate)
        with progress(console, driver, len(plan.steps)) as seen:
            results = await driver.drive(plan, seen)
        console.print(speed(driver.watch), highlight=False)
        account = make_account(plan, results, pay=wishes.pay)
        with console.status("Waiting for the projection"):
            sales = await _sales_when_caught_up(api, account)
    _write_refused(wishes, scope, plan, results, console)
    differences = list(account.differences(sales))
    print_account(console, account, sales, differences)
    return 1 if differences else 0


async def _sales_when_caught_up(api: OrdersApi, account: Account) -> Sales:
    """As soon as it agrees, or as it is when the wait is over."""
    deadline = time.monotonic() + CATCH_UP_PATIENCE.total_seconds()
    while True:
        sales = await api.sales(account.currency)
        if account.agrees(sales) or time.monotonic() > deadline:
            return sales
        await asyncio.sleep(_LOOK_SECONDS)


def _write_refused(wishes: Wishes, scope: str, plan: Plan, results: Results, console: Console) -> None:
    refusals = every_refusal(plan, results)
    path = wishes.refused_file or wishes.folder / "replays" / f"{scope}-refused.csv"
    if path.absolute() == wishes.file.absolute():
        raise HistoryError(f"{path} is the history itself; name another file for the refused lines")
    write_refusals(path, refusals)
    console.print(
        f"{len(refusals):,} refused lines, each with its reason: {path}", soft_wrap=True, highlight=False
    )
    for unfinished in results.unfinished:
        console.print(f"invoice {unfinished.step.invoice.number}: {unfinished.why}", highlight=False)
