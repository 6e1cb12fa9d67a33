"""The provider's report of moved money by time, with the differences that were planted in it. No HTTP."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.money import Money
from ops.sandbox.faults import Fault, strike, strike_each
from ops.sandbox.instants import millis_from
from ops.sandbox_provider import journal
from ops.sandbox_provider.records import Event, EventType
from ops.sandbox_provider.words import FaultKind, Scope, about


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, oldest first, and the place after which the next page begins; None behind the last one."""

    lines: Sequence[Event]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """Movements with `since` <= their time < `until`, behind the place `after`, at most `limit`."""

    since: datetime
    until: datetime
    after: tuple[int, int]
    limit: int


_LINES: Final = """
SELECT events.*, payments.order_id FROM events JOIN payments ON payments.key = events.payment_key
WHERE events.type IN ('payment.captured', 'payment.refunded', 'payment.charged_back')
  AND events.occurred_at >= ? AND events.occurred_at < ?
  AND (events.occurred_at, events.position) > (?, ?)
ORDER BY events.occurred_at, events.position LIMIT ?
"""
_WRONG_KIND: Final = {
    EventType.CAPTURED: EventType.REFUNDED,
    EventType.REFUNDED: EventType.CAPTURED,
    EventType.CHARGED_BACK: EventType.REFUNDED,
}


def draw(connection: sqlite3.Connection, span: Span) -> Page:
    """One page of the report. Each fault for a line strikes once for each report that has its line."""
    place = (millis_from(span.since), millis_from(span.until), *span.after)
    rows = connection.execute(_LINES, (*place, span.limit + 1)).fetchall()
    shown = rows[: span.limit]
    told = [_told(connection, row) for row in shown]
    lines = [line for line in told if line is not None]
    if len(rows) > span.limit:
        last = shown[-1]
        return Page(lines, f"{last['occurred_at']}:{last['position']}")
    return Page([*lines, *_added(connection, span)], None)


def _told(connection: sqlite3.Connection, row: sqlite3.Row) -> Event | None:
    event, subject = journal.event_of(row), about(row["payment_key"], row["order_id"])
    if strike(connection, FaultKind.LINE_OMITTED, subject):
        return None
    if fault := strike(connection, FaultKind.LINE_AMOUNT, subject):
        wrong = event.amount.amount + 1 if fault.number is None else fault.number
        event = replace(event, amount=Money(wrong, event.amount.currency))
    if strike(connection, FaultKind.LINE_KIND, subject):
        event = replace(event, type=_WRONG_KIND[event.type])
    return event


def _added(connection: sqlite3.Connection, span: Span) -> list[Event]:
    """Captures that never happened: of a payment that is named, or of one that nobody ever heard of."""
    return [
        _invented(connection, fault, number, span)
        for number, fault in enumerate(strike_each(connection, FaultKind.LINE_ADDED), start=1)
    ]


def _invented(connection: sqlite3.Connection, fault: Fault, number: int, span: Span) -> Event:
    column = "order_id" if fault.scope == Scope.ORDER_ID else "key"
    row = connection.execute(
        f"SELECT key, amount, currency FROM payments WHERE {column} = ?",  # noqa: S608 - one of two constants
        (fault.target,),
    ).fetchone()
    known = (row["key"], row["amount"], row["currency"]) if row is not None else None
    key, amount, currency = known or (fault.target or f"nobody:{number}", 100, "GBP")
    return Event(
        event_id=f"evt_added_{number}",
        type=EventType.CAPTURED,
        payment_key=key,
        amount=Money(amount if fault.number is None else fault.number, currency),
        occurred_at=span.until - timedelta(milliseconds=1),
    )
