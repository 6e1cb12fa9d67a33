"""One SQLite file, one writer thread, one transaction per call. Knows tables, not their meaning."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

_OF_EVERY_SERVICE = """
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, target TEXT NOT NULL, fault TEXT NOT NULL,
    operation TEXT, number INTEGER, remaining INTEGER NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Schema:
    """`file` is the database's name; `tables` is SQL that may run again and again.

    `added` are columns that an older file lacks, with their SQL, by table.
    """

    file: str
    tables: str
    added: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Database:
    """A service's storage. Transactions run one after another, off the event loop."""

    def __init__(self, folder: Path, schema: Schema) -> None:
        """Open or make the file in `folder`. Raises `OSError` or `sqlite3.Error` when it cannot."""
        folder.mkdir(parents=True, exist_ok=True)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-db")
        self._connection = self._thread.submit(_connect, folder, schema).result()

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `work` in one transaction: committed when it returns, rolled back when it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()

    def _transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            return work(self._connection)


def _connect(folder: Path, schema: Schema) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / schema.file, isolation_level=None, timeout=5)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    # A killed process loses nothing with NORMAL; only a power cut may lose the last commits.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(_OF_EVERY_SERVICE + schema.tables)
    for table, columns in schema.added.items():
        known = {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}
        for name in columns.keys() - known:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {columns[name]}")
    return connection
