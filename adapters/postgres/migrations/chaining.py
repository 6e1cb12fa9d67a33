"""Links for events that were stored before there was a chain, page by page. Used by one revision."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from domain.event_chain import digest_of, first_link, next_link
from domain.events import EventMetadata, EventRecord

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Row

PAGE: Final = 2_000

_NEXT = text("""
SELECT order_id, version, event_type, schema_version, data::text AS data, occurred_at, command_key,
       metadata::text AS metadata
FROM order_events WHERE (order_id, version) > (:order_id, :version) ORDER BY order_id, version LIMIT :page
""")
_LINK = text("""
UPDATE order_events e SET link = n.link
FROM unnest(CAST(:ids AS text[]), CAST(:versions AS integer[]), CAST(:links AS bytea[]))
     AS n (order_id, version, link)
WHERE e.order_id = n.order_id AND e.version = n.version
""")
_HEADS = text("""
UPDATE order_streams s SET link = e.link FROM order_events e
WHERE e.order_id = s.order_id AND e.version = s.version
""")


def chain_what_is_stored(connection: Connection, page: int = PAGE) -> None:
    """Give every stored event its link, and every stream that of its newest event."""
    order_id, version, link = "", 0, b""
    while rows := connection.execute(_NEXT, {"order_id": order_id, "version": version, "page": page}).all():
        links = []
        for row in rows:
            if row.order_id != order_id:
                order_id, link = row.order_id, first_link(row.order_id)
            version, link = row.version, next_link(link, _digest(row))
            links.append(link)
        found = {"ids": [row.order_id for row in rows], "versions": [row.version for row in rows]}
        connection.execute(_LINK, {**found, "links": links})
    connection.execute(_HEADS)


def _digest(row: Row[Any]) -> bytes:
    event = EventRecord(row.event_type, row.schema_version, json.loads(row.data), row.occurred_at)
    # What is not stated was empty, the actor too.
    return digest_of(event, row.command_key, EventMetadata(**{"actor": "", **json.loads(row.metadata)}))
