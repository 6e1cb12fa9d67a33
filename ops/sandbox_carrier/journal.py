"""What happened to parcels, in order, and which callbacks tell of it: written together. It sends nothing."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ops.sandbox.faults import plan_callbacks
from ops.sandbox.instants import from_millis, to_millis
from ops.sandbox.outbox import Delivery, Outbox
from ops.sandbox_carrier.records import Event, EventType, Parcel
from ops.sandbox_carrier.words import about


def record(connection: sqlite3.Connection, parcel: Parcel, types: Sequence[EventType], now: datetime) -> None:
    """Write events of those types in that order and schedule their callbacks, as the faults have it."""
    shipment_id = parcel.booking.shipment_id
    millis = _next_instant(connection, shipment_id, to_millis(now))
    event_ids = [_insert(connection, shipment_id, kind, millis + n) for n, kind in enumerate(types)]
    plan = plan_callbacks(connection, about(shipment_id, parcel.booking.order_number))
    due = to_millis(now + plan.delay)
    connection.executemany(
        "INSERT INTO deliveries (event_id, shipment_id, due_at) VALUES (?, ?, ?)",
        [(event_id, shipment_id, due) for event_id in plan.arrange(event_ids)],
    )


def events_of(connection: sqlite3.Connection, shipment_id: str) -> Sequence[Event]:
    """All that happened to a parcel, oldest first."""
    rows = connection.execute("SELECT * FROM events WHERE shipment_id = ? ORDER BY position", (shipment_id,))
    return [_event(row) for row in rows]


_DUE: Final = """
SELECT deliveries.id AS delivery_id, deliveries.tries, parcels.callback_url, events.*
FROM deliveries
JOIN events ON events.event_id = deliveries.event_id
JOIN parcels ON parcels.shipment_id = deliveries.shipment_id
WHERE deliveries.state = 'pending' AND deliveries.due_at <= :now
ORDER BY deliveries.due_at, deliveries.id LIMIT :limit
"""


def _delivery(row: sqlite3.Row) -> Delivery:
    event = _event(row)
    place = (row["delivery_id"], event.shipment_id, event.event_id)
    return Delivery(*place, body=event.as_json(), callback_url=row["callback_url"], tries=row["tries"])


OUTBOX: Final = Outbox(_DUE, _delivery)
"""What is to be sent: the events of a parcel, to the address that its merchant named last."""


def _event(row: sqlite3.Row) -> Event:
    return Event(row["event_id"], EventType(row["type"]), row["shipment_id"], from_millis(row["occurred_at"]))


def _next_instant(connection: sqlite3.Connection, shipment_id: str, now: int) -> int:
    # Readers order a parcel's events by time, so two of them must never share a millisecond.
    row = connection.execute(
        "SELECT max(occurred_at) AS latest FROM events WHERE shipment_id = ?", (shipment_id,)
    ).fetchone()
    return now if row["latest"] is None else max(now, row["latest"] + 1)


def _insert(connection: sqlite3.Connection, shipment_id: str, kind: EventType, millis: int) -> str:
    event_id = f"trk_{secrets.token_hex(12)}"
    connection.execute(
        "INSERT INTO events (event_id, shipment_id, type, occurred_at) VALUES (?, ?, ?, ?)",
        (event_id, shipment_id, kind, millis),
    )
    return event_id
