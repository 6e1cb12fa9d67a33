"""The record of price checks, and the order of an order's snapshots."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Amounts in minor units of `currency`. `basis_points` is the size of the difference against the old total,
# numeric because a total of one fen may be followed by any other.
CHECKS = """
CREATE TABLE price_checks (
    order_id         text        NOT NULL,
    snapshot_id      text        NOT NULL,
    number           bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    next_snapshot_id text        NOT NULL,
    checked_at       timestamptz NOT NULL,
    verdict          text        NOT NULL CHECK (verdict IN ('honoured', 'recalculated', 'changed')),
    reason           text,
    old_total        bigint      NOT NULL,
    new_total        bigint      NOT NULL,
    currency         text        NOT NULL,
    basis_points     numeric     NOT NULL CHECK (basis_points >= 0),
    expired          boolean     NOT NULL,
    expiring_soon    boolean     NOT NULL,
    today_known      boolean     NOT NULL,
    rule_version     text        NOT NULL,
    PRIMARY KEY (order_id, snapshot_id, verdict)
)
"""

BY_TIME = "CREATE INDEX price_checks_checked_at_idx ON price_checks (checked_at)"

CLAIMS_OF_ORDER = "CREATE INDEX snapshot_claims_order_id_idx ON snapshot_claims (order_id)"


def upgrade() -> None:
    """Create the table, and the index by which an order finds its snapshots."""
    for statement in (CHECKS, BY_TIME, CLAIMS_OF_ORDER):
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
