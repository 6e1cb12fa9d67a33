"""Price proposals under review. Their events are in the event store; this is one row each, for lists."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# `state` is the whole proposal as `domain.review.encoding` writes it. `skus` null: all of the merchant's.
PROPOSALS = """
CREATE TABLE price_proposals (
    id          text PRIMARY KEY,
    version     integer     NOT NULL CHECK (version > 0),
    merchant_id text,
    status      text        NOT NULL,
    subject     text        NOT NULL,
    kind        text        NOT NULL,
    skus        text[],
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz CHECK (ends_at > starts_at),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    state       jsonb       NOT NULL
)
"""

INDEXES = (
    "CREATE INDEX price_proposals_newest ON price_proposals (created_at DESC, id)",
    "CREATE INDEX price_proposals_of_merchant ON price_proposals (merchant_id, created_at DESC, id)",
    "CREATE INDEX price_proposals_by_status ON price_proposals (status, created_at DESC, id)",
    """
    CREATE INDEX price_proposals_awaiting ON price_proposals (starts_at)
    WHERE status IN ('approved', 'active')
    """,
    """
    CREATE INDEX price_proposals_claiming ON price_proposals (kind, merchant_id)
    WHERE status IN ('pending_review', 'approved', 'active')
    """,
)


def upgrade() -> None:
    """Create the table and its indexes."""
    for statement in (PROPOSALS, *INDEXES):
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
