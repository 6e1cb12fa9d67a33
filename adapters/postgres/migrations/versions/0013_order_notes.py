"""Notes of people on orders."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NOTES = """
CREATE TABLE order_notes (
    id          text PRIMARY KEY,
    number      bigint GENERATED ALWAYS AS IDENTITY NOT NULL UNIQUE,
    order_id    text        NOT NULL,
    text        text        NOT NULL,
    written_by  text        NOT NULL,
    merchant_id text,
    written_at  timestamptz NOT NULL
)
"""


def upgrade() -> None:
    """Create the table and its index."""
    op.execute(NOTES)
    op.execute("CREATE INDEX order_notes_of_order ON order_notes (order_id, number)")


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
