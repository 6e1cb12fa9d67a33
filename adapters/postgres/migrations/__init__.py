"""The schema, and `migrate`, which brings a database to it. It creates no database and no roles."""

from __future__ import annotations

import asyncio
from functools import partial
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Connection

CONNECT_SECONDS = 10.0
# How long one process waits while another migrates; after that something is wrong there.
LOCK_SECONDS = 120
NEWEST = "head"
_LOCK = 0x6F72_6465_726B  # any number that nobody else uses as an advisory lock here


def migrate(database_url: str) -> None:
    """Bring the schema to the newest version, whole or not at all.

    Safe when several processes start at once: one works, the others wait up to `LOCK_SECONDS` and then
    find nothing to do. Runs an event loop of its own, so call it from a thread without one. Raises
    what the driver raises when the database cannot be reached.
    """
    asyncio.run(_migrate(database_url))


async def _migrate(database_url: str) -> None:
    # asyncpg reads the address, here as everywhere, so that one form of it works in all places.
    connect = partial(asyncpg.connect, database_url, timeout=CONNECT_SECONDS)
    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        # Lock, every version and Alembic's own table live and die in this one transaction.
        async with engine.begin() as connection:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    with as_file(files(__package__)) as folder:
        command.upgrade(_config(folder, connection), NEWEST)


def _config(folder: Path, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
