"""Where goods lie, and what moved. Its functions are in `moving_units` and `putting_back`."""

from __future__ import annotations

from alembic import op

from adapters.postgres.migrations import moving_units, putting_back

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Half-empty pages and byte order for the same reasons as goods have them.
SHELVES = """
CREATE TABLE shelves (
    sku          text COLLATE "C" NOT NULL,
    warehouse_id text COLLATE "C" NOT NULL CHECK (warehouse_id <> ''),
    on_shelf     bigint NOT NULL DEFAULT 0 CHECK (on_shelf >= 0),
    allocated    bigint NOT NULL DEFAULT 0 CHECK (allocated >= 0),
    PRIMARY KEY (sku, warehouse_id)
) WITH (fillfactor = 50)
"""

# What was chosen stays written, whatever becomes of it afterwards.
ALLOCATIONS = """
CREATE TABLE allocations (
    reference    text             NOT NULL REFERENCES holds (reference),
    line         integer          NOT NULL CHECK (line > 0),
    sku          text COLLATE "C" NOT NULL,
    warehouse_id text COLLATE "C" NOT NULL CHECK (warehouse_id <> ''),
    quantity     bigint           NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (reference, line, sku, warehouse_id)
)
"""

# A movement that moved nothing is written down too: its key has been used. No warehouse: never allocated.
MOVEMENTS = """
CREATE TABLE stock_movements (
    reference    text             NOT NULL REFERENCES holds (reference),
    kind         text             NOT NULL
                 CHECK (kind IN ('handed_over', 'left_after_all', 'cancelled', 'taken_back')),
    key          text             NOT NULL,
    sku          text COLLATE "C" NOT NULL,
    warehouse_id text COLLATE "C" NOT NULL,
    quantity     bigint           NOT NULL CHECK (quantity >= 0),
    moved_at     timestamptz      NOT NULL DEFAULT now(),
    PRIMARY KEY (reference, kind, key, sku, warehouse_id)
)
"""

RETURNED_ALLOWANCES = """
CREATE TABLE allowance_returns (
    reference       text        NOT NULL REFERENCES holds (reference),
    key             text        NOT NULL,
    goods           bigint      NOT NULL CHECK (goods >= 0),
    refunded_before bigint      NOT NULL CHECK (refunded_before >= 0),
    refunded        bigint      NOT NULL CHECK (refunded >= 0),
    given_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (reference, key)
)
"""

GIVEN_BACK = """
ALTER TABLE hold_allowances
    ADD COLUMN given_back bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT hold_allowances_given_back_check CHECK (given_back BETWEEN 0 AND quantity)
"""

# Everything that is counted lies in the main warehouse, also what was sold and has left since: the ledger was
# never told. Whoever changes counts waits meanwhile, so that the sums are of one moment.
LOCK = "LOCK TABLE stock_items IN SHARE ROW EXCLUSIVE MODE"
CARRY = """
INSERT INTO shelves (sku, warehouse_id, on_shelf)
SELECT i.sku, 'main', i.available + i.held + i.sold FROM stock_items i
"""

_TABLES = (SHELVES, ALLOCATIONS, MOVEMENTS, RETURNED_ALLOWANCES, GIVEN_BACK)


def upgrade() -> None:
    """Create the tables and functions, and put all stock into the main warehouse."""
    for statement in (*_TABLES, LOCK, CARRY, *moving_units.FUNCTIONS, *putting_back.FUNCTIONS):
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
