"""Scripted faults: which one strikes next, and how often. Deterministic; nothing here is random."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final


class FaultKind(StrEnum):
    """What can be made to go wrong; docs/sandbox-provider.md explains each."""

    DECLINE = "decline"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DROP = "drop"
    EXECUTE_THEN_TIMEOUT = "execute_then_timeout"
    WRONG_AMOUNT = "wrong_amount"
    UNAVAILABLE = "unavailable"


class Operation(StrEnum):
    """The merchant's calls that a fault can be limited to."""

    REQUEST = "request"
    QUERY = "query"
    CANCEL = "cancel"
    REFUND = "refund"


class Scope(StrEnum):
    """What a fault is aimed at; the narrowest one strikes first."""

    PAYMENT_KEY = "payment_key"
    ORDER_ID = "order_id"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Fault:
    """A scripted fault that strikes `remaining` times more.

    `number` is its parameter: milliseconds, copies or minor units.
    """

    scope: Scope
    target: str
    kind: FaultKind
    remaining: int = 1
    operation: Operation | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call is about, for finding its faults."""

    payment_key: str
    order_id: str


DEFAULT_HOLD: Final = 15_000
"""Milliseconds that `execute_then_timeout` withholds an answer: beyond any sensible client's patience."""

DEFAULT_COPIES: Final = 3


def script(connection: sqlite3.Connection, fault: Fault) -> int:
    """Add a fault; its number."""
    cursor = connection.execute(
        "INSERT INTO faults (scope, target, fault, operation, number, remaining) VALUES (?, ?, ?, ?, ?, ?)",
        (fault.scope, fault.target, fault.kind, fault.operation, fault.number, fault.remaining),
    )
    return int(cursor.lastrowid or 0)


def scripted(connection: sqlite3.Connection) -> Sequence[Fault]:
    """Every fault that will still strike, oldest first."""
    return [_fault(row) for row in connection.execute("SELECT * FROM faults ORDER BY id")]


def clear(connection: sqlite3.Connection) -> None:
    """Forget every scripted fault."""
    connection.execute("DELETE FROM faults")


_NEXT: Final = """
SELECT * FROM faults
WHERE fault = :fault AND (operation IS NULL OR operation = :operation)
  AND (scope = 'any' OR (scope = 'payment_key' AND target = :payment_key)
       OR (scope = 'order_id' AND target = :order_id))
ORDER BY CASE scope WHEN 'payment_key' THEN 0 WHEN 'order_id' THEN 1 ELSE 2 END, id LIMIT 1
"""


def strike(
    connection: sqlite3.Connection, kind: FaultKind, subject: Subject, operation: Operation | None = None
) -> Fault | None:
    """Use up one strike of the next fault of that kind for this subject; None when there is none."""
    wanted = {
        "fault": kind,
        "operation": operation,
        "payment_key": subject.payment_key,
        "order_id": subject.order_id,
    }
    row = connection.execute(_NEXT, wanted).fetchone()
    if row is None:
        return None
    if row["remaining"] > 1:
        connection.execute("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
    else:
        connection.execute("DELETE FROM faults WHERE id = ?", (row["id"],))
    return _fault(row)


@dataclass(frozen=True, slots=True)
class CallbackPlan:
    """How the callbacks of one change are sent, after the faults that struck it."""

    delay: timedelta = timedelta(0)
    copies: int = 1
    reversed: bool = False
    dropped: bool = False

    def arrange(self, event_ids: Iterable[str]) -> list[str]:
        """The order of sending: whole rounds, so that copies and reversal interleave."""
        once = list(event_ids)
        if self.reversed:
            once.reverse()
        return [] if self.dropped else once * self.copies


def plan_callbacks(connection: sqlite3.Connection, subject: Subject) -> CallbackPlan:
    """Use up one strike of each callback fault that is scripted for the subject."""
    delay = strike(connection, FaultKind.DELAY, subject)
    duplicate = strike(connection, FaultKind.DUPLICATE, subject)
    return CallbackPlan(
        delay=timedelta(milliseconds=(delay.number or 0) if delay else 0),
        copies=(duplicate.number or DEFAULT_COPIES) if duplicate else 1,
        reversed=strike(connection, FaultKind.REORDER, subject) is not None,
        dropped=strike(connection, FaultKind.DROP, subject) is not None,
    )


def _fault(row: sqlite3.Row) -> Fault:
    operation = row["operation"]
    return Fault(
        scope=Scope(row["scope"]),
        target=row["target"],
        kind=FaultKind(row["fault"]),
        remaining=row["remaining"],
        operation=None if operation is None else Operation(operation),
        number=row["number"],
    )
