"""What answers who, when and why from one index."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Few events speak of refunds, and fewer of prices, so neither index costs an append more than a look.
REFUNDS = """
CREATE INDEX order_events_of_refund ON order_events ((data ->> 'refund_key'), position)
    WHERE (data ->> 'refund_key') IS NOT NULL
"""
# Both the price of a SKU and the SKUs of a promotion are paths of `content`.
PRICES = """
CREATE INDEX order_events_of_goods ON order_events USING gin ((data -> 'content') jsonb_path_ops)
    WHERE (data -> 'content') IS NOT NULL
"""


def upgrade() -> None:
    """Create the indexes."""
    op.execute(REFUNDS)
    op.execute(PRICES)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
