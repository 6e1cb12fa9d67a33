"""Messages of a consumer that stand aside, on PostgreSQL. Others decide whether they are taken later."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from domain.ports.brokers import Message
from domain.ports.consumption import HeardEvent, ParkedMessage

if TYPE_CHECKING:
    import asyncpg

    from adapters.postgres.pool import Pool, Session

_PARK = """
INSERT INTO consumer_parked
    (consumer, message_id, digest, stream_id, version, topic, key, headers, body, error, forwarded)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (consumer, message_id, digest) DO UPDATE SET error = excluded.error
"""
_UNPARK = """
DELETE FROM consumer_parked p USING unnest($2::text[], $3::integer[]) AS n (stream_id, version)
WHERE p.consumer = $1 AND p.stream_id = n.stream_id AND p.version = n.version
"""
_COLUMNS = "number, message_id, topic, key, headers, body, error, stream_id, version"
_ALL = f"SELECT {_COLUMNS} FROM consumer_parked WHERE consumer = $1 ORDER BY number LIMIT $2"  # noqa: S608 - constants only
_TO_FORWARD = f"""
SELECT {_COLUMNS} FROM consumer_parked WHERE consumer = $1 AND NOT forwarded ORDER BY number LIMIT $2
"""  # noqa: S608 - constants only
_FORWARDED = """
UPDATE consumer_parked SET forwarded = true WHERE consumer = $1 AND number = ANY($2::bigint[])
"""


class PostgresParkedMessages:
    """`domain.ports.consumption.ParkedMessages` of one consumer over `consumer_parked`."""

    def __init__(self, pool: Pool, consumer: str) -> None:
        self._pool = pool
        self._consumer = consumer

    async def set_aside(self, message: Message, error: str, *, forwarded: bool = False) -> None:
        """See the port."""
        await self._pool.execute(_PARK, *_row(self._consumer, message, "", 0, error), forwarded)

    async def parked(self, limit: int = 1_000) -> Sequence[ParkedMessage]:
        """See the port."""
        return tuple(_parked(row) for row in await self._pool.fetch(_ALL, self._consumer, limit))

    async def to_forward(self, limit: int = 100) -> Sequence[ParkedMessage]:
        """See the port."""
        return tuple(_parked(row) for row in await self._pool.fetch(_TO_FORWARD, self._consumer, limit))

    async def forwarded(self, numbers: Collection[int]) -> None:
        """See the port."""
        await self._pool.execute(_FORWARDED, self._consumer, list(numbers))


async def park(
    session: Session, consumer: str, events: Sequence[HeardEvent], errors: Mapping[str, str]
) -> None:
    """Let events stand aside, each with its error; one that does already gets the newer error."""
    rows = [
        (*_row(consumer, each.message, each.stream_id, each.version, errors[each.message.id]), False)
        for each in events
    ]
    await session.executemany(_PARK, rows)


async def unpark(session: Session, consumer: str, events: Sequence[HeardEvent]) -> None:
    """These were taken."""
    streams, versions = [each.stream_id for each in events], [each.version for each in events]
    await session.execute(_UNPARK, consumer, streams, versions)


def message_from(row: asyncpg.Record) -> Message:
    """The message of a parked row."""
    return Message(row["topic"], row["key"], row["message_id"], row["body"], row["headers"])


def _row(consumer: str, message: Message, stream_id: str, version: int, error: str) -> tuple[object, ...]:
    # A message may say anything, and two may have one id. PostgreSQL takes no zero byte in a text.
    headers = {_text(name): _text(value) for name, value in message.headers.items()}
    said = repr((message.topic, message.key, sorted(headers.items()))).encode() + message.body
    return (
        consumer,
        _text(message.id),
        sha256(said).digest(),
        stream_id,
        version,
        message.topic,
        _text(message.key),
        headers,
        message.body,
        _text(error),
    )


def _text(text: str) -> str:
    return text.replace("\x00", "�").encode("utf-8", "replace").decode()


def _parked(row: asyncpg.Record) -> ParkedMessage:
    return ParkedMessage(row["number"], message_from(row), row["error"], row["stream_id"], row["version"])
