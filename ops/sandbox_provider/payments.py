"""The provider's rules: opening, paying, declining, cancelling, refunding. One transaction each, no HTTP."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import datetime
from enum import StrEnum

from domain.money import Money, total
from ops.sandbox_provider import journal
from ops.sandbox_provider.faults import FaultKind, Subject, strike
from ops.sandbox_provider.records import (
    EventType,
    Payment,
    PaymentOrder,
    PaymentStatus,
    Refund,
    RefundOrder,
    from_millis,
    to_millis,
)


class RefusedError(Exception):
    """The provider's no. `status` is the HTTP status, `code` a stable slug, `detail` what to change."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        """Keep all three; the edge turns them into an answer."""
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class BuyerAction(StrEnum):
    """What the buyer can do on the pay page."""

    PAY = "pay"
    DECLINE = "decline"


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
    done = {BuyerAction.PAY: PaymentStatus.CAPTURED, BuyerAction.DECLINE: PaymentStatus.FAILED}
    if payment.status is done[action]:
        return payment
    raise RefusedError(409, "payment_closed", f"this payment is {payment.status} and takes no {action}")


def cancel(connection: sqlite3.Connection, key: str, now: datetime) -> Payment:
    """Close an unpaid payment for good; a paid, failed or cancelled one stays what it is."""
    payment = payment_by_key(connection, key, now)
    if payment.status not in {PaymentStatus.OPEN, PaymentStatus.EXPIRED}:
        return payment
    entries = [journal.Entry(EventType.CANCELLED, payment.order.amount)]
    journal.record(connection, payment.order, entries, now)
    return _set_status(connection, payment, PaymentStatus.CANCELLED)


def refund(connection: sqlite3.Connection, order: RefundOrder, now: datetime) -> Refund:
    """The refund of this key, made at the first call; together never more than was captured.

    Raises `RefusedError` for an unknown payment, a key with other content, or too much money.
    """
    payment = payment_by_key(connection, order.payment_key, now)
    row = connection.execute("SELECT * FROM refunds WHERE key = ?", (order.key,)).fetchone()
    if row is not None:
        return _same_refund(_refund(row), order)
    left = refundable(connection, payment)
    if order.amount.currency != left.currency or order.amount > left:
        detail = f"at most {left} can be given back"
        raise RefusedError(422, "refund_exceeds_captured", detail)
    made = Refund(f"ref_{secrets.token_hex(12)}", order)
    connection.execute(
        "INSERT INTO refunds (key, id, payment_key, amount, currency, reason) VALUES (?, ?, ?, ?, ?, ?)",
        (order.key, made.id, order.payment_key, order.amount.amount, order.amount.currency, order.reason),
    )
    entries = [journal.Entry(EventType.REFUNDED, order.amount, order.key)]
    journal.record(connection, payment.order, entries, now)
    return made


def refundable(connection: sqlite3.Connection, payment: Payment) -> Money:
    """What was captured and not given back yet."""
    events = journal.events_of(connection, payment.order.key)
    currency = payment.order.amount.currency
    taken = total((event.amount for event in events if event.type is EventType.CAPTURED), currency)
    return taken - total((event.amount for event in events if event.type is EventType.REFUNDED), currency)


def _pay_or_decline(
    connection: sqlite3.Connection, payment: Payment, action: BuyerAction, now: datetime
) -> Payment:
    order = payment.order
    subject = Subject(order.key, order.order_id)
    if action is BuyerAction.DECLINE or strike(connection, FaultKind.DECLINE, subject):
        journal.record(connection, order, [journal.Entry(EventType.FAILED, order.amount)], now)
        return _set_status(connection, payment, PaymentStatus.FAILED)
    taken = _amount_taken(connection, order, subject)
    entries = [
        journal.Entry(EventType.AUTHORISED, order.amount),
        journal.Entry(EventType.CAPTURED, taken),
    ]
    journal.record(connection, order, entries, now)
    return _set_status(connection, payment, PaymentStatus.CAPTURED)


def _amount_taken(connection: sqlite3.Connection, order: PaymentOrder, subject: Subject) -> Money:
    fault = strike(connection, FaultKind.WRONG_AMOUNT, subject)
    if fault is None:
        return order.amount
    asked = order.amount.amount
    wrong = fault.number if fault.number is not None else (asked - 1 or asked + 1)
    return Money(wrong, order.amount.currency)


def _insert(connection: sqlite3.Connection, order: PaymentOrder) -> Payment:
    # The id is the address of the pay page, so it must not be guessable.
    made = Payment(f"pay_{secrets.token_hex(12)}", order, PaymentStatus.OPEN)
    connection.execute(
        "INSERT INTO payments (id, key, order_id, order_number, amount, currency, expires_at, callback_url,"
        " status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        ),
    )
    return made


def _set_status(connection: sqlite3.Connection, payment: Payment, status: PaymentStatus) -> Payment:
    connection.execute("UPDATE payments SET status = ? WHERE id = ?", (status, payment.id))
    return Payment(payment.id, payment.order, status)


def _content(order: PaymentOrder) -> tuple[object, ...]:
    return order.order_id, order.order_number, order.amount, to_millis(order.expires_at)


def _same_refund(known: Refund, order: RefundOrder) -> Refund:
    if known.order != order:
        raise RefusedError(422, "key_reused", "this key was used for another refund: use a new key")
    return known


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
    )
    status = PaymentStatus(row["status"])
    if status is PaymentStatus.OPEN and order.expires_at <= now:
        status = PaymentStatus.EXPIRED
    return Payment(row["id"], order, status)


def _refund(row: sqlite3.Row) -> Refund:
    amount = Money(row["amount"], row["currency"])
    return Refund(row["id"], RefundOrder(row["key"], row["payment_key"], amount, row["reason"]))
