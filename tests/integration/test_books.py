"""The doctor compares the books of a real database, and names each count that is wrong."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.books import MOST_SHOWN
from ops.doctor import Finding, State, examine
from tests.support.shelves import an_order, postgres_shelf

PLANTED = "UPDATE stock_items SET held = held + 1 WHERE sku = 'tea'"


def sell(database_url: str, *changes: str) -> None:
    """An order that holds two teas, and what somebody writes behind the ledger's back."""

    async def work() -> None:
        async with postgres_shelf(database_url) as shelf:
            assert shelf.pool is not None
            await shelf.put(tea=20)
            await shelf.ledger.take(an_order("active", tea=2))
            for change in changes:
                await shelf.pool.execute(change)

    asyncio.run(work())


def books_of(database_url: str, folder: Path) -> Finding:
    findings = examine(folder, {**os.environ, "DATABASE_URL": database_url})
    return next(found for found in findings if found.name == "Books")


def test_books_that_the_ledger_kept_agree(fresh_database: str, tmp_path: Path) -> None:
    sell(fresh_database)

    assert books_of(fresh_database, tmp_path) == Finding("Books", State.FINE, "books agree")


def test_a_count_that_contradicts_the_holds_is_named(fresh_database: str, tmp_path: Path) -> None:
    sell(fresh_database, PLANTED)

    books = books_of(fresh_database, tmp_path)

    assert books.state is State.WRONG
    assert books.found == "books contradict\nheld: goods tea: counted 3, holds say 2"
    assert "docs/runbook.md" in books.remedy


def test_many_wrong_counts_are_counted(fresh_database: str, tmp_path: Path) -> None:
    many = (
        "INSERT INTO stock_items (sku, available, held, sold)"
        f" SELECT 'cup-' || n, 9, 1, 0 FROM generate_series(1, {MOST_SHOWN + 3}) AS n;"
        "INSERT INTO shelves (sku, warehouse_id, on_shelf)"
        " SELECT sku, 'main', available FROM stock_items WHERE sku LIKE 'cup-%'"
    )
    sell(fresh_database, many)

    lines = books_of(fresh_database, tmp_path).found.splitlines()

    assert len(lines) == 1 + MOST_SHOWN + 1
    assert lines[-1] == "and 3 more"


def test_a_database_without_books_is_not_wrong(fresh_database: str, tmp_path: Path) -> None:
    async def empty() -> None:
        async with postgres_shelf(fresh_database) as shelf:
            assert shelf.pool is not None
            await shelf.pool.execute("DROP TABLE allowances CASCADE")

    asyncio.run(empty())

    books = books_of(fresh_database, tmp_path)

    assert books.state is State.LATER
    assert "no books yet" in books.found


@pytest.mark.parametrize(
    ("changes", "code", "said"), [((), 0, "books agree"), ((PLANTED,), 1, "holds say 2")]
)
def test_the_command_fails_when_books_contradict(
    fresh_database: str, tmp_path: Path, changes: tuple[str, ...], code: int, said: str
) -> None:
    sell(fresh_database, *changes)
    variables = {"ORDERKEEP_DATA": str(tmp_path), "COLUMNS": "200", "DATABASE_URL": fresh_database}

    done = subprocess.run(
        (sys.executable, "-m", "ops.cli", "doctor"),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout
