"""All tables as SQLAlchemy Core knows them, for queries and for comparing with the migrated database.

Migrations make the tables, and only they have the checks, triggers, functions and storage settings.
"""

from adapters.postgres.tables import (
    allowances,
    events,
    front_door,
    goods,
    price_checks,
    prices,
    projections,
    proposals,
)
from adapters.postgres.tables.schema import metadata

__all__ = [
    "allowances",
    "events",
    "front_door",
    "goods",
    "metadata",
    "price_checks",
    "prices",
    "projections",
    "proposals",
]
