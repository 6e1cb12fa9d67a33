"""What erasing a buyer needs in other tables: their orders, also those that no list shows yet."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


# Lists may be behind; the intake has every order of a buyer from the moment at which it was accepted.
BUYERS = "CREATE INDEX order_intake_buyers ON order_intake ((command ->> 'buyer_id'))"


def upgrade() -> None:
    """Create the index."""
    op.execute(BUYERS)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
