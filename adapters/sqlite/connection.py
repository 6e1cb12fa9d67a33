"""One SQLite file, opened: a writer, several readers, the schema up to date. It knows no tables itself."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

import aiosqlite

from adapters.sqlite.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from pathlib import Path
    from sqlite3 import Row

BUSY_SECONDS = 5.0
READERS = 4


class Synchronous(StrEnum):
    """What a commit waits for. With NORMAL a power cut may take the last commits, never the file's health;
    FULL waits for the disk. Neither loses anything when only the process dies.
    """

    NORMAL = "NORMAL"
    FULL = "FULL"


class SqliteDatabase:
    """The connections to one file. Many read at once and see what is committed; one writes."""

    def __init__(self, writer: aiosqlite.Connection, readers: Sequence[aiosqlite.Connection]) -> None:
        self._writer = writer
        self._alone = asyncio.Lock()
        self._readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        for reader in readers:
            self._readers.put_nowait(reader)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[aiosqlite.Connection]:
        """A transaction that nobody else writes beside, committed at the end of the block, else rolled back.

        Raises `sqlite3.OperationalError` when another process keeps the file for `BUSY_SECONDS`.
        """
        async with self._alone:
            # A cancelled call still runs in the connection's thread, and what follows runs after it: so the
            # rollback meets whatever was begun, and finds nothing to do after a commit.
            try:
                await self._writer.execute_fetchall("BEGIN IMMEDIATE")
                yield self._writer
                await self._writer.execute_fetchall("COMMIT")
            except BaseException:
                await self._writer.rollback()
                raise

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        """All rows of one query, as of the newest commit."""
        reader = await self._readers.get()
        try:
            return tuple(await reader.execute_fetchall(query, values))
        finally:
            self._readers.put_nowait(reader)


@asynccontextmanager
async def open_database(
    path: Path, *, synchronous: Synchronous = Synchronous.NORMAL, readers: int = READERS
) -> AsyncIterator[SqliteDatabase]:
    """Open or create the file, bring its schema up to date, whole or not at all; closed with the block.

    Any number of processes may open the same file on one machine, not over a network file system. Raises
    `NewerSchemaError` for a file of a later release, `sqlite3.DatabaseError` for one that is no database.
    """
    settings = (f"PRAGMA synchronous = {synchronous.value}", "PRAGMA foreign_keys = ON")
    async with AsyncExitStack() as opened:
        writer = await opened.enter_async_context(_open(path))
        await _run(writer, ("PRAGMA journal_mode = WAL", *settings))
        await migrate(writer)
        reading = [await opened.enter_async_context(_open(path)) for _ in range(readers)]
        for reader in reading:
            await _run(reader, ("PRAGMA query_only = ON",))
        yield SqliteDatabase(writer, reading)


def _open(path: Path) -> aiosqlite.Connection:
    # No isolation level: transactions begin and end where the code says so.
    return aiosqlite.connect(path, timeout=BUSY_SECONDS, isolation_level=None)


async def _run(connection: aiosqlite.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        await connection.execute_fetchall(statement)
