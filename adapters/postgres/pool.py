"""The connection pool that every PostgreSQL adapter is given. It opens and tunes; it asks nothing itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Pool = asyncpg.Pool[asyncpg.Record]
    Session = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    _Plain = asyncpg.Connection[asyncpg.Record]
else:
    _Plain = asyncpg.Connection  # generic for the type checker only

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 10.0
READING_SECONDS = 600.0
IDLE_SECONDS = 300.0
CACHED_STATEMENTS = 256
# The server lets go of what we forgot: a transaction left open would hold up the feed of all others.
SERVER_SETTINGS = {
    "default_transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": "15s",
    "lock_timeout": "5s",
    "statement_timeout": "60s",
    "jit": "off",
    "timezone": "UTC",
}


class _Connection(_Plain):
    """A connection that costs no extra round trip when it goes back to the pool."""

    def get_reset_query(self) -> str:
        """Nothing to reset: no adapter keeps session state, and open transactions are rolled back anyway."""
        return ""


async def open_pool(database_url: str, *, application: str, largest: int = 10, smallest: int = 1) -> Pool:
    """Open a pool of `smallest` to `largest` connections; `application` is the name that the server shows.

    jsonb goes in and out as Python objects. A command ends after `COMMAND_SECONDS` with `TimeoutError`,
    which is an unknown outcome, not a failure. Raises `OSError` or `asyncpg.PostgresError` when the
    server cannot be reached.
    """
    return await asyncpg.create_pool(
        database_url,
        min_size=smallest,
        max_size=max(smallest, largest),
        init=_prepare,
        connection_class=_Connection,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        statement_cache_size=CACHED_STATEMENTS,
        max_cached_statement_lifetime=0,
        max_inactive_connection_lifetime=IDLE_SECONDS,
        server_settings={**SERVER_SETTINGS, "application_name": application},
    )


async def open_reading_pool(database_url: str, *, application: str, largest: int = 2) -> Pool:
    """A pool for whoever looks at everything: it cannot write, and waits ten minutes for an answer.

    Otherwise as `open_pool`.
    """
    patience = {"default_transaction_read_only": "on", "statement_timeout": f"{int(READING_SECONDS)}s"}
    return await asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=largest,
        init=_prepare,
        connection_class=_Connection,
        timeout=CONNECT_SECONDS,
        command_timeout=READING_SECONDS,
        server_settings={**SERVER_SETTINGS, **patience, "application_name": application},
    )


async def _prepare(connection: Session) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=json_text, decoder=json.loads, format="text"
    )


def json_text(value: object) -> str:
    """Compact JSON. Refuses NaN and infinities, which JSON does not have, with `ValueError`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
