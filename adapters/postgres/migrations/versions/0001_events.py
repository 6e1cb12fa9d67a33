"""Order streams and events with the functions that guard them, and the tables projected from them."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The row of a stream is its lock. `version` is the version of its newest event.
STREAMS = """
CREATE TABLE order_streams (
    order_id  text PRIMARY KEY,
    version   integer NOT NULL CHECK (version > 0),
    closed_at timestamptz
)
"""

# CACHE 1: a number that a session keeps in stock could appear below a frontier that was already read.
POSITIONS = "CREATE SEQUENCE event_positions AS bigint CACHE 1"

EVENTS = """
CREATE TABLE order_events (
    order_id       text        NOT NULL REFERENCES order_streams (order_id),
    version        integer     NOT NULL CHECK (version > 0),
    position       bigint      NOT NULL UNIQUE,
    event_type     text        NOT NULL CHECK (event_type <> ''),
    schema_version integer     NOT NULL CHECK (schema_version > 0),
    command_key    text        NOT NULL CHECK (command_key <> ''),
    command_digest bytea       NOT NULL,
    data           jsonb       NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    body           bytea,
    metadata       jsonb       NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (order_id, version)
)
"""

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: events are only ever added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$
"""

# For each statement, so that even one that would touch no row is refused.
GUARD = """
CREATE TRIGGER order_events_are_only_added
    BEFORE UPDATE OR DELETE OR TRUNCATE ON order_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""

# Binds an owner who is no superuser before the trigger does; everybody else never had the right.
GRANTS = "REVOKE UPDATE, DELETE, TRUNCATE ON order_events FROM PUBLIC, CURRENT_USER"

# The marker (20299, 1) is held, shared, by every transaction that may draw a position. It comes before
# nextval, and the stream's row before the look for the key: each statement then sees what others did.
APPEND = """
CREATE FUNCTION append_events(
    p_order_id text, p_expected integer, p_key text, p_digest bytea,
    p_types text[], p_schemas integer[], p_data text[], p_occurred timestamptz[], p_metadata jsonb,
    OUT answer text, OUT version integer, OUT positions bigint[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    added  CONSTANT integer := cardinality(p_types);
    head   integer := 0;
    digest bytea;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(20299, 1);
    IF p_expected = 0 THEN
        INSERT INTO order_streams VALUES (p_order_id, added) ON CONFLICT DO NOTHING;
    END IF;
    IF p_expected <> 0 OR NOT FOUND THEN
        SELECT s.version INTO head FROM order_streams s WHERE s.order_id = p_order_id FOR UPDATE;
        head := coalesce(head, 0);
        SELECT array_agg(e.position ORDER BY e.version), max(e.version), (array_agg(e.command_digest))[1]
            INTO positions, version, digest
            FROM order_events e WHERE e.order_id = p_order_id AND e.command_key = p_key;
        IF positions IS NOT NULL THEN
            answer := CASE WHEN digest = p_digest THEN 'already' ELSE 'key_reused' END;
            RETURN;
        END IF;
        IF head <> p_expected THEN
            answer := 'version_conflict';
            version := head;
            RETURN;
        END IF;
        UPDATE order_streams s SET version = head + added WHERE s.order_id = p_order_id;
    END IF;
    SELECT array_agg(nextval('event_positions')) INTO positions FROM generate_series(1, added);
    INSERT INTO order_events (order_id, version, position, event_type, schema_version, command_key,
                              command_digest, data, metadata, occurred_at)
        SELECT p_order_id, p_expected + n.ord, positions[n.ord], n.type, n.schema, p_key,
               p_digest, n.data::jsonb, p_metadata, n.occurred
        FROM unnest(p_types, p_schemas, p_data, p_occurred)
            WITH ORDINALITY AS n (type, schema, data, occurred, ord);
    answer := 'appended';
    version := p_expected + added;
END
$$
"""

# Who may still put events below the last position: transactions on this primary that hold the marker.
WRITERS = """
CREATE FUNCTION event_writers() RETURNS text[] LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(array_agg(l.virtualtransaction), '{}') FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.classid = 20299 AND l.objid = 1 AND l.objsubid = 2 AND l.granted
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
$$
"""

# The position first, the writers in a later statement: a writer that drew a number up to the position
# either still holds the marker then, or has ended and its events can be seen.
FRONTIER = """
CREATE FUNCTION event_frontier(OUT last_position bigint, OUT writers text[]) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'the event feed needs the primary server: a standby does not show its locks';
    END IF;
    SELECT CASE WHEN s.is_called THEN s.last_value ELSE 0 END INTO last_position FROM event_positions s;
    writers := event_writers();
END
$$
"""

# How far each projection has come, and which runner may write: only the one with the newest epoch.
# A name such as `order_views:rebuild` is the checkpoint of the table that is being built beside the live one.
CHECKPOINTS = """
CREATE TABLE projection_checkpoints (
    name     text PRIMARY KEY,
    position bigint      NOT NULL DEFAULT 0 CHECK (position >= 0),
    epoch    bigint      NOT NULL DEFAULT 0,
    owner    text,
    seen_at  timestamptz NOT NULL DEFAULT '-infinity'
)
"""

# One row for each stream that a projection has stopped at, with the event that it could not take.
PARKED = """
CREATE TABLE projection_parked (
    name      text        NOT NULL,
    order_id  text        NOT NULL,
    version   integer     NOT NULL,
    position  bigint      NOT NULL,
    error     text        NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, order_id)
)
"""

# Money in minor units of `currency`. `state` is the whole order as `domain.order.document` writes it.
VIEWS = """
CREATE TABLE order_views (
    id         text PRIMARY KEY,
    version    integer     NOT NULL CHECK (version > 0),
    status     text        NOT NULL,
    total      bigint      NOT NULL,
    currency   text        NOT NULL,
    updated_at timestamptz NOT NULL,
    state      jsonb       NOT NULL
)
"""

SUMMARY = """
CREATE TABLE order_summary (
    id             text PRIMARY KEY,
    version        integer     NOT NULL CHECK (version > 0),
    number         text        NOT NULL,
    status         text        NOT NULL,
    payment_status text        NOT NULL,
    buyer_id       text        NOT NULL,
    merchants      text[]      NOT NULL,
    lines          integer     NOT NULL,
    currency       text        NOT NULL,
    goods          bigint      NOT NULL,
    total          bigint      NOT NULL,
    captured       bigint      NOT NULL,
    refunded       bigint      NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
)
"""

SUMMARY_INDEXES = (
    "CREATE INDEX ON order_summary (created_at DESC, id)",
    "CREATE INDEX ON order_summary (status, created_at DESC, id)",
    "CREATE INDEX ON order_summary (buyer_id, created_at DESC, id)",
    "CREATE INDEX ON order_summary (number)",
    "CREATE INDEX ON order_summary USING gin (merchants)",
)


def upgrade() -> None:
    """Create the event tables and their functions, then the tables projected from them."""
    for statement in (STREAMS, POSITIONS, EVENTS, REFUSE, GUARD, GRANTS, APPEND, WRITERS, FRONTIER):
        op.execute(statement)
    for statement in (CHECKPOINTS, PARKED, VIEWS, SUMMARY, *SUMMARY_INDEXES):
        op.execute(statement)


def downgrade() -> None:
    """Refused: events are the only copy of the business facts. Restore a backup instead."""
    message = "events cannot be taken back"
    raise RuntimeError(message)
