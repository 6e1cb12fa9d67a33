"""All tables as SQLAlchemy Core knows them, for queries and for comparing with the migrated database.

Migrations make the tables, and only they have the checks, triggers, functions and storage settings.
"""

from adapters.postgres.tables import (
    aggregate_snapshots,
    allowances,
    audit_trail,
    buyer_keys,
    entitlements,
    events,
    front_door,
    goods,
    messaging,
    order_notes,
    price_checks,
    prices,
    projections,
    proposals,
    read_models,
    reconciliation,
    settlement,
    warehouses,
)
from adapters.postgres.tables.schema import metadata

__all__ = [
    "aggregate_snapshots",
    "allowances",
    "audit_trail",
    "buyer_keys",
    "entitlements",
    "events",
    "front_door",
    "goods",
    "messaging",
    "metadata",
    "order_notes",
    "price_checks",
    "prices",
    "projections",
    "proposals",
    "read_models",
    "reconciliation",
    "settlement",
    "warehouses",
]
