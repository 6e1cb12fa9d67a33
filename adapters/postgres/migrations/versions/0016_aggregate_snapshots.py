"""Snapshots of aggregates."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Without a reference to the stream: whatever is here may go at any time, and none of it is needed.
SNAPSHOTS = """
CREATE TABLE aggregate_snapshots (
    stream_id      text COLLATE "C" NOT NULL,
    version        integer     NOT NULL CHECK (version > 0),
    schema_version integer     NOT NULL CHECK (schema_version > 0),
    type           text        NOT NULL,
    data           bytea       NOT NULL,
    taken_at       timestamptz NOT NULL,
    PRIMARY KEY (stream_id, version)
)
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(SNAPSHOTS)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
