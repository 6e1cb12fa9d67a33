"""The provider's tables: payments, what happened to them, refunds, and callbacks to send."""

from __future__ import annotations

from typing import Final

from ops.sandbox.database import Schema

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL, order_number TEXT NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, expires_at INTEGER NOT NULL,
    callback_url TEXT NOT NULL, status TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, payment_key TEXT NOT NULL,
    type TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL, occurred_at INTEGER NOT NULL,
    refund_key TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS events_by_payment ON events (payment_key, position);
CREATE INDEX IF NOT EXISTS movements_by_time ON events (occurred_at, position)
    WHERE type IN ('payment.captured', 'payment.refunded', 'payment.charged_back');
CREATE TABLE IF NOT EXISTS refunds (
    key TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, payment_key TEXT NOT NULL, amount INTEGER NOT NULL,
    currency TEXT NOT NULL, reason TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS refunds_by_payment ON refunds (payment_key);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, payment_key TEXT NOT NULL, due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'pending'
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at, id) WHERE state = 'pending';
"""

SCHEMA: Final = Schema(
    file="provider.sqlite",
    tables=_TABLES,
    added={
        "payments": {"capture": "TEXT NOT NULL DEFAULT 'automatic'", "capture_asked": "INTEGER"},
        "refunds": {"state": "TEXT NOT NULL DEFAULT 'done'"},
    },
)
"""`capture_asked` is what the merchant had captured of an authorised payment, in minor units."""
