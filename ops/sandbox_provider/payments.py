"""The provider's rules for a payment's life until money is taken. One transaction each, no HTTP."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.money import Money
from ops.sandbox.faults import Subject, strike
from ops.sandbox.instants import from_millis, to_millis
from ops.sandbox.service import RefusedError
from ops.sandbox_provider import journal
from ops.sandbox_provider.records import Capture, EventType, Payment, PaymentOrder, PaymentStatus
from ops.sandbox_provider.words import FaultKind, about


class BuyerAction(StrEnum):
    """What the buyer can do on the pay page."""

    PAY = "pay"
    DECLINE = "decline"


_DONE: Final = {
    BuyerAction.PAY: {PaymentStatus.AUTHORISED, PaymentStatus.CAPTURED},
    BuyerAction.DECLINE: {PaymentStatus.FAILED},
}


def open_payment(connection: sqlite3.Connection, order: PaymentOrder, now: datetime) -> Payment:
    """The payment of this key, made at the first call. Raises `RefusedError` for a key with other content.

    The callback address is not content: a merchant that moved repeats the request with the new one.
    """
    row = connection.execute("SELECT * FROM payments WHERE key = ?", (order.key,)).fetchone()
    if row is None:
        return _insert(connection, order)
    known = _payment(row, now)
    if _content(known.order) != _content(order):
        raise RefusedError(422, "key_reused", "this key was used for another payment: use a new key")
    connection.execute(
        "UPDATE payments SET callback_url = ?1 WHERE key = ?2 AND callback_url <> ?1",
        (order.callback_url, order.key),
    )
    return known


def payment_by_key(connection: sqlite3.Connection, key: str, now: datetime) -> Payment:
    """Raises `RefusedError` (404) for a key that was never heard of."""
    return _found(connection.execute("SELECT * FROM payments WHERE key = ?", (key,)).fetchone(), now)


def payment_by_id(connection: sqlite3.Connection, payment_id: str, now: datetime) -> Payment:
    """Raises `RefusedError` (404) for an unknown id."""
    return _found(connection.execute("SELECT * FROM payments WHERE id = ?", (payment_id,)).fetchone(), now)


def act(connection: sqlite3.Connection, payment_id: str, action: BuyerAction, now: datetime) -> Payment:
    """Pay or decline. Repeating is harmless; else a closed payment raises `RefusedError` (409)."""
    payment = payment_by_id(connection, payment_id, now)
    if payment.status is PaymentStatus.OPEN:
        return _pay_or_decline(connection, payment, action, now)
    if payment.status in _DONE[action]:
        return payment
    raise RefusedError(409, "payment_closed", f"this payment is {payment.status} and takes no {action}")


def capture(connection: sqlite3.Connection, key: str, amount: Money, now: datetime) -> Payment | RefusedError:
    """Take authorised money, once; the rest is let go. The same amount again changes nothing.

    Raises `RefusedError` for another amount, for too much, and when nothing is authorised (any more);
    gives it when a fault refuses.
    """
    payment = payment_by_key(connection, key, now)
    if payment.status is PaymentStatus.CAPTURED:
        if amount == (payment.capture_asked or payment.order.amount):
            return payment
        raise RefusedError(422, "capture_differs", "another amount was captured already")
    if payment.status is not PaymentStatus.AUTHORISED:
        raise _not_authorised(payment)
    if amount.currency != payment.order.amount.currency or amount > payment.order.amount:
        detail = f"at most {payment.order.amount} can be captured"
        raise RefusedError(422, "capture_exceeds_authorised", detail)
    return _take(connection, payment, amount, now)


def cancel(connection: sqlite3.Connection, key: str, now: datetime) -> Payment:
    """Close an unpaid payment, or let authorised money go, for good; any other stays what it is."""
    payment = payment_by_key(connection, key, now)
    if payment.status not in {PaymentStatus.OPEN, PaymentStatus.EXPIRED, PaymentStatus.AUTHORISED}:
        return payment
    return _close(connection, payment, now)


def end_authorisation(connection: sqlite3.Connection, key: str, now: datetime) -> Payment:
    """The bank lets authorised money go by itself. Raises `RefusedError` when there is none."""
    payment = payment_by_key(connection, key, now)
    if payment.status is not PaymentStatus.AUTHORISED:
        raise _not_authorised(payment)
    return _close(connection, payment, now)


def _take(
    connection: sqlite3.Connection, payment: Payment, amount: Money, now: datetime
) -> Payment | RefusedError:
    order = payment.order
    subject = about(order.key, order.order_id)
    if strike(connection, FaultKind.CAPTURE_REFUSED, subject):
        return RefusedError(422, "capture_refused", "scripted: the bank does not let go of the money")
    if strike(connection, FaultKind.AUTHORISATION_ENDED, subject):
        return _not_authorised(_close(connection, payment, now))
    taken = _amount_taken(connection, amount, subject)
    journal.record(connection, order, [journal.Entry(EventType.CAPTURED, taken)], now)
    connection.execute("UPDATE payments SET capture_asked = ? WHERE id = ?", (amount.amount, payment.id))
    return _set_status(connection, payment, PaymentStatus.CAPTURED)


def _close(connection: sqlite3.Connection, payment: Payment, now: datetime) -> Payment:
    entries = [journal.Entry(EventType.CANCELLED, payment.order.amount)]
    journal.record(connection, payment.order, entries, now)
    return _set_status(connection, payment, PaymentStatus.CANCELLED)


def _not_authorised(payment: Payment) -> RefusedError:
    detail = f"this payment is {payment.status}: no authorised money waits to be captured"
    return RefusedError(409, "not_authorised", detail)


def _pay_or_decline(
    connection: sqlite3.Connection, payment: Payment, action: BuyerAction, now: datetime
) -> Payment:
    order = payment.order
    subject = about(order.key, order.order_id)
    if action is BuyerAction.DECLINE or strike(connection, FaultKind.DECLINE, subject):
        journal.record(connection, order, [journal.Entry(EventType.FAILED, order.amount)], now)
        return _set_status(connection, payment, PaymentStatus.FAILED)
    authorised = journal.Entry(EventType.AUTHORISED, order.amount)
    if order.capture is Capture.MANUAL:
        journal.record(connection, order, [authorised], now)
        return _set_status(connection, payment, PaymentStatus.AUTHORISED)
    captured = journal.Entry(EventType.CAPTURED, _amount_taken(connection, order.amount, subject))
    journal.record(connection, order, [authorised, captured], now)
    return _set_status(connection, payment, PaymentStatus.CAPTURED)


def _amount_taken(connection: sqlite3.Connection, asked: Money, subject: Subject) -> Money:
    fault = strike(connection, FaultKind.WRONG_AMOUNT, subject)
    if fault is None:
        return asked
    wrong = fault.number if fault.number is not None else (asked.amount - 1 or asked.amount + 1)
    return Money(wrong, asked.currency)


def _insert(connection: sqlite3.Connection, order: PaymentOrder) -> Payment:
    # The id is the address of the pay page, so it must not be guessable.
    made = Payment(f"pay_{secrets.token_hex(12)}", order, PaymentStatus.OPEN)
    connection.execute(
        "INSERT INTO payments (id, key, order_id, order_number, amount, currency, expires_at, callback_url,"
        " status, capture) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            made.id,
            order.key,
            order.order_id,
            order.order_number,
            order.amount.amount,
            order.amount.currency,
            to_millis(order.expires_at),
            order.callback_url,
            made.status,
            order.capture,
        ),
    )
    return made


def _set_status(connection: sqlite3.Connection, payment: Payment, status: PaymentStatus) -> Payment:
    connection.execute("UPDATE payments SET status = ? WHERE id = ?", (status, payment.id))
    return replace(payment, status=status)


def _content(order: PaymentOrder) -> tuple[object, ...]:
    return order.order_id, order.order_number, order.amount, to_millis(order.expires_at), order.capture


def _found(row: sqlite3.Row | None, now: datetime) -> Payment:
    if row is None:
        raise RefusedError(404, "payment_unknown", "no payment is known by that name")
    return _payment(row, now)


def _payment(row: sqlite3.Row, now: datetime) -> Payment:
    order = PaymentOrder(
        key=row["key"],
        order_id=row["order_id"],
        order_number=row["order_number"],
        amount=Money(row["amount"], row["currency"]),
        expires_at=from_millis(row["expires_at"]),
        callback_url=row["callback_url"],
        capture=Capture(row["capture"]),
    )
    status = PaymentStatus(row["status"])
    if status is PaymentStatus.OPEN and order.expires_at <= now:
        status = PaymentStatus.EXPIRED
    asked = row["capture_asked"]
    capture_asked = None if asked is None else Money(asked, order.amount.currency)
    return Payment(row["id"], order, status, capture_asked)
