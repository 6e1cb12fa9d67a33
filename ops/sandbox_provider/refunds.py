"""The provider's rules for money that goes back: refunds, and what banks do unasked. No HTTP."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import replace
from datetime import datetime

from domain.money import Money, total
from ops.sandbox.faults import strike
from ops.sandbox.service import RefusedError
from ops.sandbox_provider import journal
from ops.sandbox_provider.payments import payment_by_key
from ops.sandbox_provider.records import EventType, Payment, Refund, RefundOrder, RefundState
from ops.sandbox_provider.words import FaultKind, about


def refund(connection: sqlite3.Connection, order: RefundOrder, now: datetime) -> Refund:
    """The refund of this key, made at the first call; together never more than was captured.

    A pending one is done when it is asked for again. Raises `RefusedError` for an unknown payment, a key
    with other content, or too much money.
    """
    payment = payment_by_key(connection, order.payment_key, now)
    row = connection.execute("SELECT * FROM refunds WHERE key = ?", (order.key,)).fetchone()
    known = _accepted(connection, payment, order) if row is None else _refund(row)
    if known.order != order:
        raise RefusedError(422, "key_reused", "this key was used for another refund: use a new key")
    if known.state is RefundState.DONE or _held_up(connection, payment):
        return known
    entries = [journal.Entry(EventType.REFUNDED, order.amount, order.key)]
    journal.record(connection, payment.order, entries, now)
    connection.execute("UPDATE refunds SET state = ? WHERE key = ?", (RefundState.DONE, order.key))
    return replace(known, state=RefundState.DONE)


def take_back(
    connection: sqlite3.Connection, key: str, kind: EventType, amount: Money | None, now: datetime
) -> Payment:
    """A charge-back by the buyer's bank, or a refund that nobody asked for by the API: no refund key.

    Without an amount all that is left. Raises `RefusedError` when that is nothing, or less than `amount`.
    """
    payment = payment_by_key(connection, key, now)
    left = refundable(connection, payment)
    wanted = amount or left
    if wanted.amount == 0 or wanted.currency != left.currency or wanted > left:
        raise _exceeds(left)
    journal.record(connection, payment.order, [journal.Entry(kind, wanted)], now)
    return payment


def refundable(connection: sqlite3.Connection, payment: Payment) -> Money:
    """What was captured and neither given back, promised back nor charged back."""
    currency = payment.order.amount.currency
    events = journal.events_of(connection, payment.order.key)
    gone = total((event.amount for event in events if event.type in _BACK), currency)
    promised = connection.execute(
        "SELECT coalesce(sum(amount), 0) AS amount FROM refunds WHERE payment_key = ? AND state = ?",
        (payment.order.key, RefundState.PENDING),
    ).fetchone()
    taken = total((event.amount for event in events if event.type is EventType.CAPTURED), currency)
    return taken - gone - Money(promised["amount"], currency)


_BACK = frozenset({EventType.REFUNDED, EventType.CHARGED_BACK})


def _accepted(connection: sqlite3.Connection, payment: Payment, order: RefundOrder) -> Refund:
    left = refundable(connection, payment)
    if order.amount.currency != left.currency or order.amount > left:
        raise _exceeds(left)
    made = Refund(f"ref_{secrets.token_hex(12)}", order, RefundState.PENDING)
    connection.execute(
        "INSERT INTO refunds (key, id, payment_key, amount, currency, reason, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            order.key,
            made.id,
            order.payment_key,
            order.amount.amount,
            order.amount.currency,
            order.reason,
            made.state,
        ),
    )
    return made


def _held_up(connection: sqlite3.Connection, payment: Payment) -> bool:
    subject = about(payment.order.key, payment.order.order_id)
    return strike(connection, FaultKind.REFUND_PENDING, subject) is not None


def _exceeds(left: Money) -> RefusedError:
    return RefusedError(422, "refund_exceeds_captured", f"at most {left} can be given back")


def _refund(row: sqlite3.Row) -> Refund:
    order = RefundOrder(row["key"], row["payment_key"], Money(row["amount"], row["currency"]), row["reason"])
    return Refund(row["id"], order, RefundState(row["state"]))
