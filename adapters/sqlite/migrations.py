"""The schema of the SQLite file and how it is brought up to date. Statements only; no data is moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import aiosqlite

_STREAMS = """
CREATE TABLE event_streams (
    stream_id TEXT PRIMARY KEY,
    version   INTEGER NOT NULL CHECK (version > 0),
    link      BLOB NOT NULL CHECK (length(link) = 32)
) STRICT, WITHOUT ROWID
"""
# Times are ISO 8601 in UTC. Positions are drawn by whoever holds the one write lock: no gap, no overtaking.
_EVENTS = """
CREATE TABLE events (
    position       INTEGER PRIMARY KEY,
    stream_id      TEXT NOT NULL REFERENCES event_streams (stream_id),
    version        INTEGER NOT NULL CHECK (version > 0),
    event_type     TEXT NOT NULL CHECK (event_type <> ''),
    schema_version INTEGER NOT NULL CHECK (schema_version > 0),
    command_key    TEXT NOT NULL CHECK (command_key <> ''),
    command_digest BLOB NOT NULL,
    data           TEXT NOT NULL CHECK (json_type(data) = 'object'),
    body           BLOB,
    metadata       TEXT NOT NULL CHECK (json_type(metadata) = 'object'),
    occurred_at    TEXT NOT NULL,
    recorded_at    TEXT NOT NULL,
    link           BLOB NOT NULL CHECK (length(link) = 32),
    UNIQUE (stream_id, version)
) STRICT
"""
_GUARD = """
CREATE TRIGGER events_are_never_{what}d BEFORE {what} ON events
BEGIN SELECT RAISE(ABORT, '{what} on events refused: events are only ever added'); END
"""

# Any row may be dropped at any time. Times have six digits behind the second, so texts compare as times.
_SNAPSHOTS = """
CREATE TABLE aggregate_snapshots (
    stream_id      TEXT NOT NULL,
    version        INTEGER NOT NULL CHECK (version > 0),
    schema_version INTEGER NOT NULL CHECK (schema_version > 0),
    type           TEXT NOT NULL,
    data           BLOB NOT NULL,
    taken_at       TEXT NOT NULL,
    PRIMARY KEY (stream_id, version)
) STRICT, WITHOUT ROWID
"""
# REPLACE would take rows away without asking the trigger for DELETE.
_GUARD_INSERT = """
CREATE TRIGGER events_follow_each_other BEFORE INSERT ON events
WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM events)
    OR EXISTS (SELECT 1 FROM events WHERE stream_id = NEW.stream_id AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'insert into events refused: events are only ever added, one after the other'); END
"""

# One entry for each version of the schema, in order; `PRAGMA user_version` counts them.
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (_STREAMS, _EVENTS, _GUARD.format(what="update"), _GUARD.format(what="delete"), _GUARD_INSERT),
    (_SNAPSHOTS,),
)


class NewerSchemaError(RuntimeError):
    """The file was written by a later release, whose schema this one does not know."""


async def migrate(
    connection: aiosqlite.Connection, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS
) -> None:
    """Bring the schema to the newest version in one transaction.

    Of several processes that start at once one works; the others wait and find nothing to do.
    """
    try:
        await connection.execute_fetchall("BEGIN IMMEDIATE")
        ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
        _check(version, len(migrations))
        for statements in migrations[version:]:
            for statement in statements:
                await connection.execute_fetchall(statement)
        await connection.execute_fetchall(f"PRAGMA user_version = {len(migrations)}")
        await connection.execute_fetchall("COMMIT")
    except BaseException:
        await connection.rollback()
        raise


def _check(version: int, known: int) -> None:
    if version > known:
        message = f"the schema has version {version}, this release knows {known}"
        raise NewerSchemaError(message)
