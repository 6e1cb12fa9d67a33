"""What belongs to each merchant of an order, and an index that finds old requests.

Lists and sums are empty until the projector has gone through the events once more; orders themselves are not.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Dividing goods among merchants is a rule of the domain, so the projector does it, not a second copy in SQL.
EMPTY = "TRUNCATE order_summary"
BY_MERCHANT = "ALTER TABLE order_summary ADD COLUMN by_merchant jsonb NOT NULL"
# Parked streams too: those that are still bad are parked again on the way.
AGAIN = (
    "DELETE FROM projection_parked WHERE name = 'orders'",
    "UPDATE projection_checkpoints SET position = 0 WHERE name = 'orders'",
)
OLD_REQUESTS = "CREATE INDEX request_log_old ON request_log (locked_until)"


def upgrade() -> None:
    """Add the column, send the projector back to the first event, add the index."""
    for statement in (EMPTY, BY_MERCHANT, *AGAIN, OLD_REQUESTS):
        op.execute(statement)


def downgrade() -> None:
    """Refused, like all others. Restore a backup instead."""
    message = "migrations only go forward"
    raise RuntimeError(message)
