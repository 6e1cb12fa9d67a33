"""What happened, in order, and which callbacks tell of it: written together. It sends nothing."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.money import Money
from ops.sandbox.faults import plan_callbacks
from ops.sandbox.instants import from_millis, to_millis
from ops.sandbox.outbox import Delivery, Outbox
from ops.sandbox_provider.records import Event, EventType, PaymentOrder
from ops.sandbox_provider.words import about


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happens now."""

    type: EventType
    amount: Money
    refund_key: str | None = None


def record(
    connection: sqlite3.Connection, order: PaymentOrder, entries: Sequence[Entry], now: datetime
) -> None:
    """Write `entries` in that order and schedule their callbacks, as the scripted faults have it."""
    millis = _next_instant(connection, order.key, to_millis(now))
    event_ids = [
        _insert(connection, order.key, entry, millis + offset) for offset, entry in enumerate(entries)
    ]
    plan = plan_callbacks(connection, about(order.key, order.order_id))
    due = to_millis(now + plan.delay)
    connection.executemany(
        "INSERT INTO deliveries (event_id, payment_key, due_at) VALUES (?, ?, ?)",
        [(event_id, order.key, due) for event_id in plan.arrange(event_ids)],
    )


def events_of(connection: sqlite3.Connection, payment_key: str) -> Sequence[Event]:
    """All that happened to a payment, oldest first."""
    rows = connection.execute("SELECT * FROM events WHERE payment_key = ? ORDER BY position", (payment_key,))
    return [event_of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Movement:
    """A capture, refund or charge-back, as the ledger lists it. `position` only grows."""

    position: int
    payment_id: str
    order_id: str
    event: Event


_MOVEMENTS: Final = """
SELECT events.*, payments.id AS payment_id, payments.order_id
FROM events JOIN payments ON payments.key = events.payment_key
WHERE events.type IN ('payment.captured', 'payment.refunded', 'payment.charged_back')
  AND events.position > :after
  AND (:order_id IS NULL OR payments.order_id = :order_id)
ORDER BY events.position LIMIT :limit
"""


def money_movements(
    connection: sqlite3.Connection, *, order_id: str | None, after: int, limit: int
) -> Sequence[Movement]:
    """Captures, refunds and charge-backs behind a position, oldest first; of one order, or of all."""
    wanted = {"order_id": order_id, "after": after, "limit": limit}
    return [
        Movement(row["position"], row["payment_id"], row["order_id"], event_of(row))
        for row in connection.execute(_MOVEMENTS, wanted)
    ]


def event_of(row: sqlite3.Row) -> Event:
    """The event in a row of `events`."""
    return Event(
        event_id=row["event_id"],
        type=EventType(row["type"]),
        payment_key=row["payment_key"],
        amount=Money(row["amount"], row["currency"]),
        occurred_at=from_millis(row["occurred_at"]),
        refund_key=row["refund_key"],
    )


_DUE: Final = """
SELECT deliveries.id AS delivery_id, deliveries.tries, payments.callback_url, events.*
FROM deliveries
JOIN events ON events.event_id = deliveries.event_id
JOIN payments ON payments.key = deliveries.payment_key
WHERE deliveries.state = 'pending' AND deliveries.due_at <= :now
ORDER BY deliveries.due_at, deliveries.id LIMIT :limit
"""


def _delivery(row: sqlite3.Row) -> Delivery:
    event = event_of(row)
    place = (row["delivery_id"], event.payment_key, event.event_id)
    return Delivery(*place, body=event.as_json(), callback_url=row["callback_url"], tries=row["tries"])


OUTBOX: Final = Outbox(_DUE, _delivery)
"""What is to be sent: the events of a payment, to the address that the payment has now."""


def _next_instant(connection: sqlite3.Connection, payment_key: str, now: int) -> int:
    # Readers order a payment's events by time, so two of them must never share a millisecond.
    row = connection.execute(
        "SELECT max(occurred_at) AS latest FROM events WHERE payment_key = ?", (payment_key,)
    ).fetchone()
    return now if row["latest"] is None else max(now, row["latest"] + 1)


def _insert(connection: sqlite3.Connection, payment_key: str, entry: Entry, millis: int) -> str:
    event_id = f"evt_{secrets.token_hex(12)}"
    connection.execute(
        "INSERT INTO events (event_id, payment_key, type, amount, currency, occurred_at, refund_key)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            event_id,
            payment_key,
            entry.type,
            entry.amount.amount,
            entry.amount.currency,
            millis,
            entry.refund_key,
        ),
    )
    return event_id
