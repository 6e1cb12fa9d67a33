"""Allowances and the holds on them: quota, limits per buyer, voucher uses, points."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Half-empty pages and byte order for the same reasons as goods have them.
ALLOWANCES = """
CREATE TABLE allowances (
    kind      text COLLATE "C" NOT NULL
              CHECK (kind IN ('promotion', 'promotion_buyer', 'voucher', 'voucher_buyer', 'points')),
    subject   text COLLATE "C" NOT NULL CHECK (subject <> ''),
    sku       text COLLATE "C" NOT NULL DEFAULT ''
              CHECK (sku = '' OR kind IN ('promotion', 'promotion_buyer')),
    buyer_id  text COLLATE "C" NOT NULL DEFAULT ''
              CHECK (buyer_id = '' OR kind IN ('promotion_buyer', 'voucher_buyer')),
    available bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
    held      bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    consumed  bigint NOT NULL DEFAULT 0 CHECK (consumed >= 0),
    PRIMARY KEY (kind, subject, sku, buyer_id)
) WITH (fillfactor = 50)
"""

# Who stops counting an allowance deletes its row, and holds forget that they claimed it.
HOLD_ALLOWANCES = """
CREATE TABLE hold_allowances (
    reference   text             NOT NULL REFERENCES holds (reference),
    kind        text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    sku         text COLLATE "C" NOT NULL DEFAULT '',
    buyer_id    text COLLATE "C" NOT NULL DEFAULT '',
    quantity    bigint           NOT NULL CHECK (quantity > 0),
    buyer_limit bigint,
    PRIMARY KEY (reference, kind, subject, sku, buyer_id),
    FOREIGN KEY (kind, subject, sku, buyer_id) REFERENCES allowances ON DELETE CASCADE,
    CHECK ((buyer_limit IS NOT NULL) = (kind IN ('promotion_buyer', 'voucher_buyer')))
)
"""

HOLD_ALLOWANCES_BY_COUNT = (
    "CREATE INDEX hold_allowances_by_count ON hold_allowances (kind, subject, sku, buyer_id)"
)

HOLDS = """
ALTER TABLE holds
    ADD COLUMN kind text NOT NULL DEFAULT 'order' CHECK (kind IN ('order', 'cart')),
    ADD COLUMN buyer_id text NOT NULL DEFAULT '',
    DROP CONSTRAINT holds_status_check,
    ADD CONSTRAINT holds_status_check
        CHECK (status IN ('active', 'confirmed', 'released', 'expired', 'restocked', 'converted'))
"""

HOLDS_BY_BUYER = "CREATE INDEX holds_by_buyer ON holds (buyer_id) WHERE buyer_id <> ''"


def upgrade() -> None:
    """Create the tables and the functions that move goods and allowances together."""
    for statement in (ALLOWANCES, HOLD_ALLOWANCES, HOLD_ALLOWANCES_BY_COUNT, HOLDS, HOLDS_BY_BUYER):
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
