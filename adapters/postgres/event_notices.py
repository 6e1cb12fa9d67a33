"""The effect of the notification consumer: an outbox of who is to be told what. It sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from domain.order.notices import EventNotice, OrderParties, Recipient, is_told, notices_of, parties_after
from domain.ports.consumption import HeardEvent

if TYPE_CHECKING:
    import asyncpg

    from adapters.postgres.pool import Pool, Session

_PARTIES = "SELECT order_id, buyer_id, merchants FROM notice_parties WHERE order_id = ANY($1::text[])"
_KEEP = """
INSERT INTO notice_parties (order_id, buyer_id, merchants) VALUES ($1, $2, $3)
ON CONFLICT (order_id) DO UPDATE SET buyer_id = excluded.buyer_id, merchants = excluded.merchants
"""
_WRITE = """
INSERT INTO event_notices (key, recipient, id, order_id, code, occurred_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
ON CONFLICT DO NOTHING
"""
_READ = """
SELECT key, recipient, id, order_id, code, occurred_at FROM event_notices
WHERE number > $1 ORDER BY number LIMIT $2
"""


class UnknownPartiesError(LookupError):
    """An event that somebody is to be told of, of an order whose people were never heard of."""


async def write_notices(session: Session, events: Sequence[HeardEvent]) -> None:
    """Put what these events tell people into the outbox. Raises `UnknownPartiesError`."""
    names = list(dict.fromkeys(event.stream_id for event in events))
    known: dict[str, OrderParties | None] = {
        row["order_id"]: OrderParties(row["buyer_id"], tuple(row["merchants"]))
        for row in await session.fetch(_PARTIES, names)
    }
    before, notices = dict(known), list[EventNotice]()
    for heard in events:
        if heard.event is None:
            continue
        parties = known[heard.stream_id] = parties_after(known.get(heard.stream_id), heard.event)
        if parties:
            notices += notices_of(parties, heard.stream_id, heard.version, heard.event, heard.occurred_at)
        elif is_told(heard.event):
            raise UnknownPartiesError(heard.stream_id)
    changed = {name: each for name, each in known.items() if each and before.get(name) != each}
    if changed:
        rows = [(name, each.buyer_id, list(each.merchants)) for name, each in changed.items()]
        await session.executemany(_KEEP, rows)
    if notices:
        await session.execute(_WRITE, *_columns(notices))


async def event_notices(pool: Pool, after: int = 0, limit: int = 1_000) -> Sequence[EventNotice]:
    """What is to be sent, in the order in which it was written; whoever sends it remembers how far it is."""
    return tuple(_notice(row) for row in await pool.fetch(_READ, after, limit))


def _columns(notices: Sequence[EventNotice]) -> Sequence[Sequence[object]]:
    return (
        [each.key for each in notices],
        [each.recipient.value for each in notices],
        [each.id for each in notices],
        [each.order_id for each in notices],
        [each.code for each in notices],
        [each.occurred_at for each in notices],
    )


def _notice(row: asyncpg.Record) -> EventNotice:
    return EventNotice(**{**row, "recipient": Recipient(row["recipient"])})
