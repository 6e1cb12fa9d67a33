"""Scripted faults: which one strikes next, and how often. Deterministic; nothing here is random."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

ANY: Final = "any"
"""The scope of a fault that is aimed at nothing in particular."""

DEFAULT_HOLD: Final = 15_000
"""Milliseconds that `execute_then_timeout` withholds an answer: beyond any sensible client's patience."""

DEFAULT_COPIES: Final = 3


class CallFault(StrEnum):
    """What can go wrong with a call at every service."""

    EXECUTE_THEN_TIMEOUT = "execute_then_timeout"
    UNAVAILABLE = "unavailable"


class CallbackFault(StrEnum):
    """What can go wrong with the callbacks of a change at every service."""

    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Fault:
    """A scripted fault that strikes `remaining` times more; `kind` and `operation` are the service's words.

    `number` is its parameter: milliseconds, copies or minor units.
    """

    scope: str
    target: str
    kind: str
    remaining: int = 1
    operation: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call is about, for finding its faults: pairs of scope and target, the narrowest first."""

    targets: tuple[tuple[str, str], ...] = ()


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


def strike(
    connection: sqlite3.Connection, kind: StrEnum, subject: Subject, operation: StrEnum | None = None
) -> Fault | None:
    """Use up one strike of the next fault of that kind for this subject; None when there is none."""
    for scope, target in (*subject.targets, (ANY, "")):
        row = connection.execute(
            "SELECT * FROM faults WHERE fault = ? AND scope = ? AND target = ?"
            " AND (operation IS NULL OR operation = ?) ORDER BY id LIMIT 1",
            (kind, scope, target, operation),
        ).fetchone()
        if row is not None:
            return _use_up(connection, row)
    return None


def strike_each(connection: sqlite3.Connection, kind: StrEnum) -> Sequence[Fault]:
    """Use up one strike of every fault of that kind, whatever it is aimed at; oldest first."""
    rows = connection.execute("SELECT * FROM faults WHERE fault = ? ORDER BY id", (kind,)).fetchall()
    return [_use_up(connection, row) for row in rows]


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
    delay = strike(connection, CallbackFault.DELAY, subject)
    duplicate = strike(connection, CallbackFault.DUPLICATE, subject)
    return CallbackPlan(
        delay=timedelta(milliseconds=(delay.number or 0) if delay else 0),
        copies=(duplicate.number or DEFAULT_COPIES) if duplicate else 1,
        reversed=strike(connection, CallbackFault.REORDER, subject) is not None,
        dropped=strike(connection, CallbackFault.DROP, subject) is not None,
    )


def _use_up(connection: sqlite3.Connection, row: sqlite3.Row) -> Fault:
    if row["remaining"] > 1:
        connection.execute("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
    else:
        connection.execute("DELETE FROM faults WHERE id = ?", (row["id"],))
    return _fault(row)


def _fault(row: sqlite3.Row) -> Fault:
    return Fault(
        scope=row["scope"],
        target=row["target"],
        kind=row["fault"],
        remaining=row["remaining"],
        operation=row["operation"],
        number=row["number"],
    )
