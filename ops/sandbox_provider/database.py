"""One SQLite file, one writer thread, one transaction per call. Knows the tables, not their meaning."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL, order_number TEXT NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, expires_at INTEGER NOT NULL,
    callback_url TEXT NOT NULL, status TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, payment_key TEXT NOT NULL,
    type TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL, occurred_at INTEGER NOT NULL,
    refund_key TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS events_by_payment ON events (payment_key, position);
CREATE TABLE IF NOT EXISTS refunds (
    key TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, payment_key TEXT NOT NULL, amount INTEGER NOT NULL,
    currency TEXT NOT NULL, reason TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS refunds_by_payment ON refunds (payment_key);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, payment_key TEXT NOT NULL, due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'pending'
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at, id) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, target TEXT NOT NULL, fault TEXT NOT NULL,
    operation TEXT, number INTEGER, remaining INTEGER NOT NULL
) STRICT;
"""


class Database:
    """The provider's storage. Transactions run one after another, off the event loop."""

    def __init__(self, folder: Path) -> None:
        """Open or make `provider.sqlite` in `folder`. Raises `OSError` or `sqlite3.Error` when it cannot."""
        folder.mkdir(parents=True, exist_ok=True)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="provider-db")
        self._connection = self._thread.submit(_connect, folder / "provider.sqlite").result()

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


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, timeout=5)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    # A killed process loses nothing with NORMAL; only a power cut may lose the last commits.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(_SCHEMA)
    return connection
