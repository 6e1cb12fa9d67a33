"""Databases as former releases left them: an older schema, and events appended without a hash chain."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING
from unittest.mock import patch

import asyncpg

from adapters.event_batches import batch_of
from adapters.postgres.migrations import migrate
from domain.events import EventMetadata, EventRecord

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

_APPEND = "SELECT answer FROM append_events($1, $2, $3, $4, $5, $6, $7, $8, $9)"


async def append_unchained(
    pool: Pool,
    stream: str,
    after: int,
    key: str,
    events: Sequence[EventRecord],
    *,
    metadata: EventMetadata | None = None,
) -> None:
    """As the schema had it up to revision 0014."""
    batch = batch_of(stream, after, key, events, metadata or EventMetadata())
    answer = await pool.fetchval(
        _APPEND,
        stream,
        after,
        key,
        batch.command_digest,
        [event.event_type for event in events],
        [event.schema_version for event in events],
        batch.data,
        [event.occurred_at for event in events],
        json.loads(batch.said_by),
    )
    assert answer == "appended"


def migrate_to(version: str, database_url: str) -> None:
    """As `migrate` does it, but no further."""
    with patch("adapters.postgres.migrations.NEWEST", version):
        migrate(database_url)


async def fetchval(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
