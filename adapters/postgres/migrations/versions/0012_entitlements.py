"""Rights to virtual goods."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# One right for each line of an order. `revoked` of its `quantity` units were paid back; when that is all of
# them the right has ended.
ENTITLEMENTS = """
CREATE TABLE entitlements (
    order_id   text        NOT NULL,
    line       integer     NOT NULL CHECK (line > 0),
    sku        text        NOT NULL,
    quantity   integer     NOT NULL CHECK (quantity > 0),
    revoked    integer     NOT NULL DEFAULT 0 CHECK (revoked BETWEEN 0 AND quantity),
    code       text        NOT NULL UNIQUE,
    issued_at  timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (order_id, line),
    CHECK ((revoked_at IS NOT NULL) = (revoked = quantity))
)
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(ENTITLEMENTS)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
