"""The carrier's tables: parcels, recalls of parcels that never were, events, callbacks to send."""

from __future__ import annotations

from typing import Final

from ops.sandbox.database import Schema

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS parcels (
    shipment_id TEXT PRIMARY KEY, tracking_number TEXT NOT NULL UNIQUE, order_number TEXT NOT NULL,
    warehouse_id TEXT NOT NULL, address TEXT NOT NULL, items TEXT NOT NULL, callback_url TEXT NOT NULL,
    status TEXT NOT NULL, booked_at INTEGER NOT NULL, changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS parcels_by_order ON parcels (order_number);
CREATE INDEX IF NOT EXISTS parcels_under_way ON parcels (status, changed_at)
    WHERE status IN ('booked', 'handed_over');
CREATE TABLE IF NOT EXISTS recalled (shipment_id TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, shipment_id TEXT NOT NULL,
    type TEXT NOT NULL, occurred_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS events_by_parcel ON events (shipment_id, position);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, shipment_id TEXT NOT NULL, due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'pending'
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at, id) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS auto (
    id INTEGER PRIMARY KEY CHECK (id = 1), hand_over_ms INTEGER NOT NULL, deliver_ms INTEGER NOT NULL
) STRICT;
"""

SCHEMA: Final = Schema(file="carrier.sqlite", tables=_TABLES)
"""`recalled` has shipments that were recalled before anybody booked them; `changed_at` is of the status."""
