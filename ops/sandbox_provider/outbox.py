"""Callbacks that are still to be sent: which are due, and what became of a try. Sends nothing itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final

from ops.sandbox_provider.journal import event_of
from ops.sandbox_provider.records import Event, from_millis, to_millis
from ops.sandbox_provider.settings import BackOff


@dataclass(frozen=True, slots=True)
class Delivery:
    """One callback to send: to the address that the payment has now. `tries` have failed so far."""

    id: int
    payment_key: str
    event: Event
    callback_url: str
    tries: int


_DUE: Final = """
SELECT deliveries.id AS delivery_id, deliveries.tries, payments.callback_url, events.*
FROM deliveries
JOIN events ON events.event_id = deliveries.event_id
JOIN payments ON payments.key = deliveries.payment_key
WHERE deliveries.state = 'pending' AND deliveries.due_at <= ?
ORDER BY deliveries.due_at, deliveries.id LIMIT ?
"""


def due(connection: sqlite3.Connection, now: datetime, limit: int) -> Mapping[str, Sequence[Delivery]]:
    """What is to be sent now, by payment, each payment's in the order of sending."""
    rows = [_delivery(row) for row in connection.execute(_DUE, (to_millis(now), limit))]
    by_payment = attrgetter("payment_key")
    return {key: list(group) for key, group in groupby(sorted(rows, key=by_payment), key=by_payment)}


def next_due(connection: sqlite3.Connection, now: datetime) -> datetime | None:
    """When the next callback after `now` becomes due; None when none waits."""
    row = connection.execute(
        "SELECT min(due_at) AS due_at FROM deliveries WHERE state = 'pending' AND due_at > ?",
        (to_millis(now),),
    ).fetchone()
    return None if row["due_at"] is None else from_millis(row["due_at"])


def delivered(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """The merchant answered 2xx."""
    connection.execute(
        "UPDATE deliveries SET state = 'delivered', tries = ? WHERE id = ?", (delivery.tries + 1, delivery.id)
    )


def failed(connection: sqlite3.Connection, delivery: Delivery, back_off: BackOff, now: datetime) -> None:
    """No 2xx: wait and try again, or give up for good after the last try."""
    tries = delivery.tries + 1
    wait = back_off.after(tries)
    state, again = ("given_up", now) if wait is None else ("pending", now + wait)
    connection.execute(
        "UPDATE deliveries SET state = ?, tries = ?, due_at = ? WHERE id = ?",
        (state, tries, to_millis(again), delivery.id),
    )


def counts(connection: sqlite3.Connection) -> Mapping[str, int]:
    """How many callbacks are pending, delivered and given up."""
    found = connection.execute("SELECT state, count(*) AS number FROM deliveries GROUP BY state")
    zero = {"pending": 0, "delivered": 0, "given_up": 0}
    return zero | {row["state"]: row["number"] for row in found}


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(row["delivery_id"], row["payment_key"], event_of(row), row["callback_url"], row["tries"])
