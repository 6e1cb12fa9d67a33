"""The carrier working by itself: parcels are fetched and delivered after a while. Off unless switched on."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ops.sandbox.instants import from_millis, to_millis
from ops.sandbox_carrier import parcels
from ops.sandbox_carrier.parcels import Doing

_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a booked parcel waits to be fetched, and a fetched one to be delivered."""

    hand_over_after: timedelta
    deliver_after: timedelta


def set_pace(connection: sqlite3.Connection, pace: Pace | None) -> None:
    """Work at that pace from now on, also after a restart; None: only do what is asked."""
    connection.execute("DELETE FROM auto")
    if pace is not None:
        millis = (_millis(pace.hand_over_after), _millis(pace.deliver_after))
        connection.execute("INSERT INTO auto (id, hand_over_ms, deliver_ms) VALUES (1, ?, ?)", millis)


def pace_now(connection: sqlite3.Connection) -> Pace | None:
    """The pace at which it works; None while it does only what is asked."""
    row = connection.execute("SELECT * FROM auto").fetchone()
    if row is None:
        return None
    return Pace(timedelta(milliseconds=row["hand_over_ms"]), timedelta(milliseconds=row["deliver_ms"]))


_DUE: Final = """
SELECT shipment_id, status,
       changed_at + CASE status WHEN 'booked' THEN :hand_over ELSE :deliver END AS due_at
FROM parcels WHERE status IN ('booked', 'handed_over') ORDER BY due_at LIMIT :limit
"""


def work(connection: sqlite3.Connection, now: datetime) -> datetime | None:
    """Fetch and deliver what is due, a bounded number; when to come again, None when nothing waits."""
    pace = pace_now(connection)
    if pace is None:
        return None
    wanted = {
        "hand_over": _millis(pace.hand_over_after),
        "deliver": _millis(pace.deliver_after),
        "limit": _AT_ONCE + 1,
    }
    rows = connection.execute(_DUE, wanted).fetchall()
    due = [row for row in rows[:_AT_ONCE] if row["due_at"] <= to_millis(now)]
    for row in due:
        doing = Doing.HAND_OVER if row["status"] == "booked" else Doing.DELIVER
        parcels.act(connection, row["shipment_id"], doing, now)
    if due:
        return now
    return from_millis(rows[0]["due_at"]) if rows else None


def _millis(wait: timedelta) -> int:
    return wait // timedelta(milliseconds=1)
