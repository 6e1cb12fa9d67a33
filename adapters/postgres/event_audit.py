"""Reads everything that is stored of events, for whoever verifies it. Bounded; it judges nothing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from adapters.postgres.events import COLUMNS, stored_event
from domain.events import EventMetadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from adapters.postgres.pool import Session
    from domain.events import StoredEvent

_METADATA: Final = tuple(field.name for field in fields(EventMetadata))
_STREAMS: Final = 500
_EVENTS: Final = 1_000
_HEADS: Final = """
SELECT order_id, version, link FROM order_streams
WHERE order_id > $1 AND ($2::text IS NULL OR order_id = $2) ORDER BY order_id LIMIT $3
"""
_TOLD: Final = f"""
SELECT {COLUMNS}, metadata - $2::text[] <> '{{}}' AS says_more
FROM order_events WHERE order_id = ANY($1::text[]) ORDER BY order_id, version
"""  # noqa: S608 - constants only
_ORPHANS: Final = """
SELECT DISTINCT e.order_id FROM order_events e
WHERE NOT EXISTS (SELECT FROM order_streams s WHERE s.order_id = e.order_id)
  AND ($1::text IS NULL OR e.order_id = $1) LIMIT $2
"""
_LINKS: Final = """
SELECT e.order_id, e.version, e.link FROM order_events e
JOIN unnest($1::text[], $2::integer[]) AS a (order_id, version) USING (order_id, version)
"""
# What is destroyed and not written down, or the other way round, and what an earlier release left plain.
_ERASURES: Final = """
SELECT k.buyer_id, 'the key is destroyed, but no event says so' FROM buyer_keys k
WHERE k.erased_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM order_streams s WHERE s.order_id = 'buyer:' || k.buyer_id)
UNION ALL
SELECT substr(s.order_id, 7), 'erased by its events, but the key is there' FROM order_streams s
LEFT JOIN buyer_keys k ON k.buyer_id = substr(s.order_id, 7)
WHERE starts_with(s.order_id, 'buyer:') AND k.erased_at IS NULL
UNION ALL
SELECT k.buyer_id, 'erased, but '
    || CASE WHEN e.data -> 'address' ->> 'street' <> '' THEN 'an address is' ELSE 'words are' END
    || ' plain in ' || e.order_id || ' at version ' || e.version
FROM buyer_keys k JOIN order_summary o ON o.buyer_id = k.buyer_id JOIN order_events e ON e.order_id = o.id
WHERE k.erased_at IS NOT NULL
  AND (e.data -> 'address' ->> 'street' <> '' OR e.data ->> 'comment' !~ '^(sealed:1:|$)')
UNION ALL
SELECT k.buyer_id, 'erased, but a note is plain at ' || n.order_id
FROM buyer_keys k JOIN order_summary o ON o.buyer_id = k.buyer_id JOIN order_notes n ON n.order_id = o.id
WHERE k.erased_at IS NOT NULL AND n.text !~ '^sealed:1:'
UNION ALL
SELECT k.buyer_id, 'erased, but the request for ' || i.order_id || ' has a plain address'
FROM buyer_keys k JOIN order_intake i ON i.command ->> 'buyer_id' = k.buyer_id
WHERE k.erased_at IS NOT NULL AND i.command -> 'address' ->> 'street' <> ''
LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class StreamHead:
    """What the store says of a stream without looking at its events."""

    stream_id: str
    version: int
    link: bytes


async def stream_heads(session: Session, only: str | None = None) -> AsyncIterator[Sequence[StreamHead]]:
    """All streams, or one, in pages."""
    after = ""
    while rows := await session.fetch(_HEADS, after, only, _STREAMS):
        yield [StreamHead(row["order_id"], row["version"], row["link"]) for row in rows]
        after = rows[-1]["order_id"]


async def events_of(session: Session, stream_ids: Sequence[str]) -> AsyncIterator[tuple[StoredEvent, bool]]:
    """The events of these streams, one stream after the other, each with whether its metadata says more than
    this release reads. Needs a transaction.
    """
    async for row in session.cursor(_TOLD, list(stream_ids), list(_METADATA), prefetch=_EVENTS):
        yield stored_event(row), row["says_more"]


async def orphans(session: Session, only: str | None, limit: int) -> Sequence[str]:
    """Streams that have events and no head, of all or of one."""
    return [row["order_id"] for row in await session.fetch(_ORPHANS, only, limit)]


async def links_at(session: Session, places: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], bytes]:
    """The links at these streams and versions; those that are not there are left out."""
    ids, versions = [stream_id for stream_id, _ in places], [version for _, version in places]
    rows = await session.fetch(_LINKS, ids, versions)
    return {(row["order_id"], row["version"]): row["link"] for row in rows}


async def doubtful_erasures(session: Session, limit: int) -> Sequence[tuple[str, str]]:
    """Buyers whose erasure is not whole, and what is wrong with it."""
    return [(row[0], row[1]) for row in await session.fetch(_ERASURES, limit)]
