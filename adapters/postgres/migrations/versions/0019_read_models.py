"""Further read models, and what their rebuilds and audits remember; filled from the first event on."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# A number, or how it begins.
NUMBER = (
    "DROP INDEX order_summary_number_idx",
    "CREATE INDEX order_summary_number_idx ON order_summary (number text_pattern_ops)",
)

# Whatever somebody may hold in their hands, and the orders that it leads to. `of` is how many an order has.
SEARCH = """
CREATE TABLE order_search (
    order_id   text        NOT NULL,
    kind       text        NOT NULL,
    term       text        NOT NULL COLLATE "C",
    version    integer     NOT NULL CHECK (version > 0),
    of         integer     NOT NULL CHECK (of > 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, kind, term)
) WITH (fillfactor = 90)
"""
SEARCH_TERMS = """
CREATE INDEX order_search_term_created_at_order_id_idx ON order_search (term, created_at DESC, order_id)
"""

# What each order adds to the sums of other tables: lists of keys and figures.
PARTS = tuple(
    f"""
CREATE TABLE {name} (
    order_id text PRIMARY KEY,
    version  integer NOT NULL CHECK (version > 0),
    parts    jsonb   NOT NULL
) WITH (fillfactor = 80)
"""
    for name in ("sales_parts", "stock_parts")
)

# Money in minor units. A difference may pass below zero on its way, so there is no check.
SALES = """
CREATE TABLE sales_daily (
    merchant_id text   NOT NULL,
    day         date   NOT NULL,
    currency    text   NOT NULL,
    orders      bigint NOT NULL,
    units       bigint NOT NULL,
    goods       bigint NOT NULL,
    refunds     bigint NOT NULL,
    PRIMARY KEY (merchant_id, day, currency)
) WITH (fillfactor = 50)
"""
SALES_DAYS = """
CREATE INDEX sales_daily_day_merchant_id_currency_idx ON sales_daily (day DESC, merchant_id, currency)
"""

STOCK = """
CREATE TABLE stock_board (
    sku        text COLLATE "C" PRIMARY KEY,
    reserved   bigint NOT NULL,
    to_send    bigint NOT NULL,
    on_the_way bigint NOT NULL,
    delivered  bigint NOT NULL,
    returned   bigint NOT NULL
) WITH (fillfactor = 50)
"""

PRICES = """
CREATE TABLE price_audit (
    stream_id   text        NOT NULL,
    step        integer     NOT NULL,
    version     integer     NOT NULL CHECK (version > 0),
    of          integer     NOT NULL CHECK (of > 0),
    position    bigint      NOT NULL,
    what        text        NOT NULL,
    subject     text        NOT NULL,
    merchant_id text,
    skus        text[],
    content     jsonb       NOT NULL,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz,
    by          text        NOT NULL,
    words       text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (stream_id, step)
)
"""
PRICE_INDEXES = (
    "CREATE INDEX price_audit_position_idx ON price_audit (position)",
    "CREATE INDEX price_audit_skus_idx ON price_audit USING gin (skus)",
)

LINES = """
CREATE TABLE settlement_lines (
    order_id          text    NOT NULL,
    line              integer NOT NULL CHECK (line > 0),
    version           integer NOT NULL CHECK (version > 0),
    of                integer NOT NULL CHECK (of > 0),
    number            text    NOT NULL,
    merchant_id       text    NOT NULL,
    sku               text    NOT NULL,
    title             text    NOT NULL,
    currency          text    NOT NULL,
    unit_price        bigint  NOT NULL,
    quantity          integer NOT NULL,
    goods             bigint  NOT NULL,
    refunded_quantity integer NOT NULL,
    refunded          bigint  NOT NULL,
    sold_at           timestamptz,
    refunded_at       timestamptz,
    PRIMARY KEY (order_id, line)
) WITH (fillfactor = 90)
"""
LINE_INDEXES = (
    """CREATE INDEX settlement_lines_sold_at_order_id_line_idx
    ON settlement_lines (sold_at DESC, order_id, line) WHERE sold_at IS NOT NULL""",
    """CREATE INDEX settlement_lines_merchant_id_sold_at_order_id_line_idx
    ON settlement_lines (merchant_id, sold_at DESC, order_id, line) WHERE sold_at IS NOT NULL""",
)

REBUILDS = """
CREATE TABLE projection_rebuilds (
    name         text PRIMARY KEY,
    release      text        NOT NULL,
    goal         bigint      NOT NULL,
    after_stream text        NOT NULL,
    events       bigint      NOT NULL,
    loaded       boolean     NOT NULL,
    begun_at     timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

AUDITS = """
CREATE TABLE projection_audits (
    name       text PRIMARY KEY,
    position   bigint      NOT NULL,
    missing    integer     NOT NULL DEFAULT 0,
    audited_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


def upgrade() -> None:
    """Create the tables, empty."""
    for statement in (*NUMBER, SEARCH, SEARCH_TERMS, *PARTS, SALES, SALES_DAYS, STOCK):
        op.execute(statement)
    for statement in (PRICES, *PRICE_INDEXES, LINES, *LINE_INDEXES, REBUILDS, AUDITS):
        op.execute(statement)


def downgrade() -> None:
    """Refused, like all others. Restore a backup instead."""
    message = "migrations only go forward"
    raise RuntimeError(message)
