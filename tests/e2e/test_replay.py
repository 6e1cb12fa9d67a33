"""Replays through the running product: a small history that is killed, and the real one if it is here."""

import asyncio
import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from ops.demo import WINDOWS, set_windows
from ops.replay.calls import Calls
from ops.replay.columns import Columns
from ops.replay.orders_api import OrdersApi
from ops.replay.run import ORDER_PATIENCE, Wishes, run_replay
from ops.stack import Stack
from tests.unit.replay.histories import a_file

REAL = Path(__file__).parents[3] / "shared" / "data" / "online_retail_2010-12.csv.gz"
ORDERS = 30


@pytest.fixture(scope="module", autouse=True)
def unhurried(stack):
    """Time enough to pay, however busy the machine is."""
    set_windows(stack, {})
    yield
    set_windows(stack, WINDOWS)


def a_history(folder: Path) -> Path:
    """Thirty orders of two lines, a stock correction, and a cancellation of one line of the first order."""
    rows = [
        f"{number},{code},THING,{quantity},2010-12-01T08:26:00,{price},{number},France"
        for number in range(1, ORDERS + 1)
        for code, quantity, price in (("A", number, "2.55"), ("B", 1, "0.45"))
    ]
    return a_file(folder, *rows, "X1,A,LOST,-3,,0,,France", "C1,B,THING,-1,,0.45,1,France", name="h.csv.gz")


def command(stack: Stack, path: Path, folder: Path, *options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "ops.cli", "replay", str(path), "--url", stack.api_url),
        *(
            "--journal",
            str(folder / "journal.jsonl"),
            "--refused-file",
            str(folder / "refused.csv"),
            *options,
        ),
    ]


def placed_in(journal: Path) -> int:
    if not journal.exists():
        return 0
    return sum('"step":"ordered"' in line for line in journal.read_text(encoding="utf-8").splitlines())


@pytest.mark.timeout(300)
def test_a_replay_that_is_killed_goes_on_and_doubles_nothing(stack, tmp_path):
    path, journal = a_history(tmp_path), tmp_path / "journal.jsonl"
    slowly = subprocess.Popen(
        command(stack, path, tmp_path, "--pay", "--rate", "10"), stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while placed_in(journal) < 5 and slowly.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    slowly.send_signal(signal.SIGKILL)
    slowly.wait(10)
    assert 5 <= placed_in(journal) < ORDERS

    again = subprocess.run(
        command(stack, path, tmp_path, "--pay"), capture_output=True, text=True, timeout=180, check=False
    )

    assert again.returncode == 0, again.stdout + again.stderr
    assert placed_in(journal) == ORDERS
    invoices = [json.loads(line).get("invoice") for line in journal.read_text().splitlines()]
    assert all(invoices.count(str(number)) == 3 for number in range(1, ORDERS + 1))  # quoted, ordered, paid
    refused = list(csv.DictReader((tmp_path / "refused.csv").read_text(encoding="utf-8").splitlines()))
    assert [(line["invoice"], line["reason"]) for line in refused] == [("X1", "negative_quantity")]


def test_a_file_that_is_no_history_ends_with_one_clear_sentence(stack, tmp_path):
    path = a_file(tmp_path, "1,2", header="order,count")
    done = subprocess.run(
        command(stack, path, tmp_path), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "no column 'InvoiceNo' for the invoice; the file has: 'order', 'count'" in " ".join(
        done.stderr.split()
    )
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not REAL.exists(), reason="the real history is not on this machine")
@pytest.mark.timeout(600)
async def test_the_real_history_is_ordered_to_the_last_line_and_penny(stack, tmp_path):
    output = io.StringIO()
    console = Console(file=output, width=160)
    wishes = Wishes(file=REAL, url=stack.api_url, folder=tmp_path, columns=Columns(), pay=True)

    code = await asyncio.to_thread(run_replay, wishes, console)

    assert code == 0, output.getvalue()
    async with Calls(stack.api_url) as calls:
        sales = await OrdersApi(calls, scope_in(tmp_path), ORDER_PATIENCE).sales("GBP")
    assert (sales.together.orders, sales.together.lines) == (422, 9_749)
    assert sales.together.total.amount == sales.together.captured.amount == 18_322_888
    assert sales.together.refunded.amount == 18_400  # ten lines of nine cancellations
    # They take back of nine orders, of none everything; the other orders wait for their parcels.
    assert {status: part.orders for status, part in sales.by_status.items()} == {"paid": 413, "shipped": 9}
    assert sales.by_status["shipped"].refunded.amount == 18_400
    (refused,) = (tmp_path / "replays").glob("*-refused.csv")
    reasons = [line["reason"] for line in csv.DictReader(refused.read_text(encoding="utf-8").splitlines())]
    assert {reason: reasons.count(reason) for reason in reasons} == {
        "negative_quantity": 30,
        "zero_price": 32,
        "original_not_found": 90,
    }


def scope_in(folder: Path) -> str:
    (journal,) = (folder / "replays").glob("*.jsonl")
    return journal.stem
