"""Callbacks that are still to be sent: which are due, and what became of a try. Sends nothing itself.

A service keeps them in its table `deliveries` with `id`, `event_id`, `due_at` in milliseconds, `tries` and
`state`, and says by a query of its own what each of them holds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from ops.sandbox.instants import from_millis, to_millis
from ops.sandbox.sending import BackOff


@dataclass(frozen=True, slots=True)
class Delivery:
    """One callback to send, to the address that its subject has now. `tries` have failed so far.

    Callbacks of one `subject` go one after another. `event_id` is the message's id.
    """

    id: int
    subject: str
    event_id: str
    body: Mapping[str, object]
    callback_url: str
    tries: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """`query` selects what is due at `:now`, at most `:limit`, in the order of sending; `read` reads it."""

    query: str
    read: Callable[[sqlite3.Row], Delivery]

    def due(self, connection: sqlite3.Connection, now: datetime, limit: int) -> dict[str, Sequence[Delivery]]:
        """What is to be sent now, by subject, each subject's in the order of sending."""
        wanted = {"now": to_millis(now), "limit": limit}
        rows = [self.read(row) for row in connection.execute(self.query, wanted)]
        by_subject = attrgetter("subject")
        return {key: list(group) for key, group in groupby(sorted(rows, key=by_subject), key=by_subject)}


def next_due(connection: sqlite3.Connection, now: datetime) -> datetime | None:
    """When the next callback after `now` becomes due; None when none waits."""
    row = connection.execute(
        "SELECT min(due_at) AS due_at FROM deliveries WHERE state = 'pending' AND due_at > ?",
        (to_millis(now),),
    ).fetchone()
    return None if row["due_at"] is None else from_millis(row["due_at"])


def delivered(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """The receiver answered 2xx."""
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
