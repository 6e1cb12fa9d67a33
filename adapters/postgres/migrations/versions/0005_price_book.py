"""Prices with their times, promotions, vouchers, fee rules, buyers, audit log."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What is there holds everywhere, held always, and holds for good. `passing` prices were put for a time; they
# go before the standing ones, which so hold again afterwards without anybody's doing.
PRICES = """
ALTER TABLE item_prices
    ADD COLUMN region       text COLLATE "C" NOT NULL DEFAULT ''
                            CONSTRAINT item_prices_region_check CHECK (region ~ '^([A-Z]{2})?$'),
    ADD COLUMN listed_price bigint
                            CONSTRAINT item_prices_listed_price_check CHECK (listed_price >= discount_price),
    ADD COLUMN passing      boolean NOT NULL DEFAULT false,
    ADD COLUMN valid_from   timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN valid_until  timestamptz,
    ADD CONSTRAINT item_prices_span_check CHECK (valid_from < valid_until),
    DROP CONSTRAINT item_prices_pkey,
    ADD CONSTRAINT item_prices_pkey PRIMARY KEY (sku, currency, region, passing, valid_from)
"""

# GiST compares ranges, and a range of one text is a text: so the wall needs no extension (btree_gist), which
# not every server has and not every owner of a schema may create.
TEXT = 'CREATE TYPE one_text AS RANGE (subtype = text, collation = "C")'

# The hash is there for speed, as the tree sorts numbers better than texts; what counts is compared exactly.
WALL = """
ALTER TABLE item_prices ADD CONSTRAINT item_prices_never_overlap EXCLUDE USING gist (
    int8range(hashtext(sku), hashtext(sku), '[]') WITH &&,
    one_text(currency || region || ' ' || sku, currency || region || ' ' || sku, '[]') WITH &&,
    int4range(passing::integer, passing::integer, '[]') WITH &&,
    tstzrange(valid_from, valid_until) WITH &&
)
"""

# By their ends, so that a long history costs nobody who asks for the price of today.
ENDING = """
CREATE INDEX item_prices_ending
    ON item_prices (sku, currency, (coalesce(valid_until, 'infinity'::timestamptz)))
"""

FREE_DELIVERY = """
ALTER TABLE delivery_fees ADD COLUMN free_from bigint
    CONSTRAINT delivery_fees_free_from_check CHECK (free_from >= 0)
"""

# `document` is the whole promotion as JSON; the columns beside it are for finding it. NULL: any.
PROMOTIONS = """
CREATE TABLE promotions (
    id          text COLLATE "C" PRIMARY KEY,
    name        text        NOT NULL,
    kind        text        NOT NULL,
    currency    text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    merchant_id text,
    skus        text[],
    segments    text[]      NOT NULL DEFAULT '{}',
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    version     integer     NOT NULL CHECK (version > 0),
    document    jsonb       NOT NULL CHECK (jsonb_typeof(document) = 'object'),
    CHECK (starts_at < ends_at)
)
"""
# Most promotions are over: those that are not are found by their end.
PROMOTIONS_INDEX = "CREATE INDEX promotions_ending ON promotions (currency, ends_at)"

VOUCHERS = """
CREATE TABLE vouchers (
    code     text COLLATE "C" PRIMARY KEY,
    currency text  NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    document jsonb NOT NULL CHECK (jsonb_typeof(document) = 'object')
)
"""

FEE_RULES = """
CREATE TABLE fee_rules (
    currency text PRIMARY KEY CHECK (currency ~ '^[A-Z]{3}$'),
    document jsonb NOT NULL CHECK (jsonb_typeof(document) = 'object')
)
"""

# Orders counted here are those placed elsewhere: ours are counted from their holds.
BUYERS = """
CREATE TABLE buyers (
    id            text PRIMARY KEY,
    registered_at timestamptz,
    total_orders  integer NOT NULL DEFAULT 0 CHECK (total_orders >= 0),
    segments      text[]  NOT NULL DEFAULT '{}'
)
"""

CHANGES = """
CREATE TABLE price_changes (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at timestamptz NOT NULL,
    who        text        NOT NULL CHECK (who <> ''),
    why        text        NOT NULL,
    subject    text        NOT NULL,
    subject_id text        NOT NULL,
    old        jsonb,
    new        jsonb
)
"""
CHANGES_INDEX = "CREATE INDEX price_changes_subject ON price_changes (subject, subject_id, number)"
CHANGES_GUARD = """
CREATE TRIGGER price_changes_are_only_added
    BEFORE UPDATE OR DELETE OR TRUNCATE ON price_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
CHANGES_GRANTS = "REVOKE UPDATE, DELETE, TRUNCATE ON price_changes FROM PUBLIC, CURRENT_USER"

# One row, locked first by every writer of prices: changes happen one after another, each at a later moment,
# and no reader sees a number whose change it cannot see.
VERSION = """
CREATE TABLE price_book_version (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    version    bigint      NOT NULL,
    changed_at timestamptz NOT NULL
)
"""
FIRST_VERSION = "INSERT INTO price_book_version (version, changed_at) VALUES (1, now())"

_TABLES = (PROMOTIONS, PROMOTIONS_INDEX, VOUCHERS, FEE_RULES, BUYERS)
_RECORDS = (CHANGES, CHANGES_INDEX, CHANGES_GUARD, CHANGES_GRANTS, VERSION, FIRST_VERSION)


def upgrade() -> None:
    """Give prices their times, then create what is new."""
    for statement in (PRICES, TEXT, WALL, ENDING, FREE_DELIVERY, *_TABLES, *_RECORDS):
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
