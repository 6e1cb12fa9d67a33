"""What publishers and consumers of messages have done."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# How far each shard of the feed is published, and who may go on: only the owner with the newest epoch.
SHARDS = """
CREATE TABLE publisher_shards (
    shard    integer PRIMARY KEY CHECK (shard >= 0),
    position bigint      NOT NULL DEFAULT 0 CHECK (position >= 0),
    epoch    bigint      NOT NULL DEFAULT 0,
    owner    text,
    seen_at  timestamptz NOT NULL DEFAULT '-infinity'
)
"""
FILL = "INSERT INTO publisher_shards (shard) SELECT generate_series(0, 7)"
# Who publishes, so that each can tell what its fair share is.
OWNERS = """
CREATE TABLE publisher_owners (
    owner   text PRIMARY KEY,
    seen_at timestamptz NOT NULL
)
"""
# Streams that stand still at an event that cannot be sent.
STOPPED = """
CREATE TABLE publisher_stopped (
    stream_id  text PRIMARY KEY,
    version    integer     NOT NULL CHECK (version > 0),
    position   bigint      NOT NULL,
    error      text        NOT NULL,
    resuming   boolean     NOT NULL DEFAULT false,
    stopped_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

# The last version of each stream that a consumer has taken, with its effect in the same transaction.
STREAMS = """
CREATE TABLE consumer_streams (
    consumer  text    NOT NULL,
    stream_id text    NOT NULL,
    version   integer NOT NULL DEFAULT 0 CHECK (version >= 0),
    PRIMARY KEY (consumer, stream_id)
)
"""
# Messages that wait or that nobody could take. Those without a stream cannot be read at all.
PARKED = """
CREATE TABLE consumer_parked (
    consumer   text        NOT NULL,
    number     bigint      GENERATED ALWAYS AS IDENTITY NOT NULL UNIQUE,
    message_id text        NOT NULL,
    digest     bytea       NOT NULL,
    stream_id  text        NOT NULL DEFAULT '',
    version    integer     NOT NULL DEFAULT 0,
    topic      text        NOT NULL,
    key        text        NOT NULL,
    headers    jsonb       NOT NULL,
    body       bytea       NOT NULL,
    error      text        NOT NULL,
    forwarded  boolean     NOT NULL DEFAULT false,
    parked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, message_id, digest)
)
"""
PARKED_INDEXES = (
    "CREATE INDEX consumer_parked_of_stream ON consumer_parked (consumer, stream_id, version)",
    "CREATE INDEX consumer_parked_to_forward ON consumer_parked (consumer, number) WHERE NOT forwarded",
)

# What the stock consumer has heard: an order's lines as far as stock cares, and units by SKU.
STOCK_ORDERS = """
CREATE TABLE stock_heard_orders (
    order_id text PRIMARY KEY,
    picture  jsonb NOT NULL
)
"""
STOCK = """
CREATE TABLE stock_heard (
    sku        text COLLATE "C" PRIMARY KEY,
    reserved   bigint NOT NULL DEFAULT 0,
    to_send    bigint NOT NULL DEFAULT 0,
    on_the_way bigint NOT NULL DEFAULT 0,
    delivered  bigint NOT NULL DEFAULT 0,
    returned   bigint NOT NULL DEFAULT 0
)
"""

# Who is to hear of an order, and what is to be sent to them, once each.
PARTIES = """
CREATE TABLE notice_parties (
    order_id  text PRIMARY KEY,
    buyer_id  text   NOT NULL,
    merchants text[] NOT NULL
)
"""
NOTICES = """
CREATE TABLE event_notices (
    key         text PRIMARY KEY,
    number      bigint GENERATED ALWAYS AS IDENTITY NOT NULL UNIQUE,
    recipient   text        NOT NULL CHECK (recipient IN ('buyer', 'merchant')),
    id          text        NOT NULL,
    order_id    text        NOT NULL,
    code        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    noticed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


def upgrade() -> None:
    """Create the tables of the publisher, of consumers, and of what consumers do."""
    for statement in (SHARDS, FILL, OWNERS, STOPPED, STREAMS, PARKED, *PARKED_INDEXES):
        op.execute(statement)
    for statement in (STOCK_ORDERS, STOCK, PARTIES, NOTICES):
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
