"""The ids of payments at providers that cannot be asked by our key."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# `asked_at` is stored before the provider is called, `provider_ref` when its answer has come.
REFERENCES = """
CREATE TABLE payment_references (
    provider     text        NOT NULL,
    key          text        NOT NULL,
    asked_at     timestamptz NOT NULL,
    provider_ref text,
    PRIMARY KEY (provider, key),
    UNIQUE (provider, provider_ref)
)
"""


def upgrade() -> None:
    """Add the table."""
    op.execute(REFERENCES)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
