"""Settlement entries, statements, reconciliation runs and differences."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Amounts in minor units. Parties are named `merchant:<id>`, `platform`, `channel`.
TERMS = """
CREATE TABLE merchant_terms (
    number      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant_id text        NOT NULL,
    commission  integer     NOT NULL CHECK (commission BETWEEN 0 AND 10000),
    delivers    boolean     NOT NULL,
    cycle       text        NOT NULL CHECK (cycle IN ('T+1', 'T+7', 'monthly')),
    changed_by  text        NOT NULL,
    changed_at  timestamptz NOT NULL
)
"""
TERMS_OF = "CREATE INDEX merchant_terms_newest ON merchant_terms (merchant_id, number DESC)"

ORDERS = """
CREATE TABLE settlement_orders (
    order_id     text  PRIMARY KEY,
    order_number text  NOT NULL,
    hold         text,
    agreed       jsonb NOT NULL
)
"""

# `buyer` is what the buyer paid, negative for what went back.
MOVEMENTS = """
CREATE TABLE settlement_movements (
    order_id    text        NOT NULL REFERENCES settlement_orders (order_id),
    key         text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('sale', 'not_taken', 'refund')),
    occurred_at timestamptz NOT NULL,
    currency    text        NOT NULL,
    buyer       bigint      NOT NULL,
    PRIMARY KEY (order_id, key)
)
"""

STATEMENTS = """
CREATE TABLE statements (
    id           text        PRIMARY KEY,
    number       integer     NOT NULL CHECK (number > 0),
    party        text        NOT NULL,
    currency     text        NOT NULL,
    cycle        text        NOT NULL,
    period       text        NOT NULL,
    period_start timestamptz NOT NULL,
    period_end   timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    drawn_at     timestamptz NOT NULL,
    entries      integer     NOT NULL CHECK (entries > 0),
    goods        bigint      NOT NULL,
    commission   bigint      NOT NULL,
    delivery     bigint      NOT NULL,
    charges      bigint      NOT NULL,
    reductions   bigint      NOT NULL,
    UNIQUE (party, currency, period),
    UNIQUE (party, currency, number)
)
"""
STATEMENTS_NEWEST = "CREATE INDEX statements_newest ON statements (drawn_at DESC, id)"

ENTRIES = """
CREATE TABLE settlement_entries (
    order_id     text        NOT NULL,
    key          text        NOT NULL,
    party        text        NOT NULL,
    currency     text        NOT NULL,
    occurred_at  timestamptz NOT NULL,
    goods        bigint      NOT NULL,
    commission   bigint      NOT NULL,
    delivery     bigint      NOT NULL,
    charges      bigint      NOT NULL,
    reductions   bigint      NOT NULL,
    statement_id text        REFERENCES statements (id),
    PRIMARY KEY (order_id, key, party),
    FOREIGN KEY (order_id, key) REFERENCES settlement_movements (order_id, key)
)
"""
ENTRIES_OPEN = """
CREATE INDEX settlement_entries_open ON settlement_entries (party, currency, occurred_at)
    WHERE statement_id IS NULL
"""
ENTRIES_STATED = "CREATE INDEX settlement_entries_stated ON settlement_entries (statement_id)"

# The one change that an entry may see: it gets its statement, once.
ENTRY_STAYS = """
CREATE FUNCTION refuse_entry_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.statement_id IS NOT NULL
       OR to_jsonb(NEW) - 'statement_id' IS DISTINCT FROM to_jsonb(OLD) - 'statement_id' THEN
        RAISE EXCEPTION 'a settlement entry says the same for ever, in one statement'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""
ENTRY_GUARD = """
CREATE TRIGGER settlement_entries_stay
    BEFORE UPDATE ON settlement_entries FOR EACH ROW EXECUTE FUNCTION refuse_entry_change()
"""
GUARDS = tuple(
    f"""
    CREATE TRIGGER {table}_are_only_added
        BEFORE {acts} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """
    for table, acts in (
        ("settlement_entries", "DELETE OR TRUNCATE"),
        ("settlement_movements", "UPDATE OR DELETE OR TRUNCATE"),
        ("statements", "UPDATE OR DELETE OR TRUNCATE"),
        ("merchant_terms", "UPDATE OR DELETE OR TRUNCATE"),
    )
)

# What events say of money that moved; of a line that is told again the newest word stands.
LEDGER = """
CREATE TABLE payment_ledger (
    payment_key text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('captured', 'refunded', 'charged_back')),
    refund_key  text        NOT NULL,
    order_id    text        NOT NULL,
    amount      bigint      NOT NULL,
    currency    text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (payment_key, kind, refund_key)
)
"""
LEDGER_BY_TIME = "CREATE INDEX payment_ledger_by_time ON payment_ledger (occurred_at)"

RUNS = """
CREATE TABLE reconciliation_runs (
    id          text        PRIMARY KEY,
    provider    text        NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz NOT NULL CHECK (until > since),
    run_at      timestamptz NOT NULL,
    run_by      text        NOT NULL,
    ours        integer     NOT NULL,
    theirs      integer     NOT NULL,
    differences text[]      NOT NULL
)
"""
RUNS_NEWEST = "CREATE INDEX reconciliation_runs_newest ON reconciliation_runs (run_at DESC, id)"

DIFFERENCES = """
CREATE TABLE reconciliation_differences (
    id          text        PRIMARY KEY,
    provider    text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    status      text        NOT NULL CHECK (status IN ('open', 'repaired', 'parked', 'gone')),
    found       jsonb       NOT NULL,
    note        text        NOT NULL,
    decided_by  text        NOT NULL,
    decided_at  timestamptz
)
"""
DIFFERENCES_OPEN = """
CREATE INDEX reconciliation_differences_open ON reconciliation_differences (provider, occurred_at)
    WHERE status = 'open'
"""


def upgrade() -> None:
    """Create the tables and what keeps them as they are."""
    statements = (
        *(TERMS, TERMS_OF, ORDERS, MOVEMENTS, STATEMENTS, STATEMENTS_NEWEST),
        *(ENTRIES, ENTRIES_OPEN, ENTRIES_STATED, ENTRY_STAYS, ENTRY_GUARD, *GUARDS),
        *(LEDGER, LEDGER_BY_TIME, RUNS, RUNS_NEWEST, DIFFERENCES, DIFFERENCES_OPEN),
    )
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
