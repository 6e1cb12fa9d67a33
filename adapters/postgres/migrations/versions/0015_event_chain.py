"""Hash chain and protobuf bodies of events, and appends in groups."""

from __future__ import annotations

from alembic import op

from adapters.postgres.migrations.chaining import chain_what_is_stored

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Each event's place in the chain of its stream, and the newest one beside the head (domain.event_chain).
COLUMNS = (
    "ALTER TABLE order_streams ADD COLUMN link bytea",
    "ALTER TABLE order_events ADD COLUMN link bytea",
)
# The one time that events change: the owner takes the right and the trigger off, and puts both back.
OPEN = (
    "ALTER TABLE order_events DISABLE TRIGGER order_events_are_only_added",
    "GRANT UPDATE ON order_events TO CURRENT_USER",
)
CLOSE = (
    "REVOKE UPDATE ON order_events FROM PUBLIC, CURRENT_USER",
    "ALTER TABLE order_events ENABLE TRIGGER order_events_are_only_added",
    "ALTER TABLE order_events ALTER COLUMN link SET NOT NULL, ADD CHECK (octet_length(link) = 32)",
    "ALTER TABLE order_streams ALTER COLUMN link SET NOT NULL, ADD CHECK (octet_length(link) = 32)",
)

FIRST_LINK = r"""
CREATE FUNCTION first_event_link(p_order_id text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256('orderkeep event chain 1\000'::bytea || convert_to(p_order_id, 'UTF8'))
$$
"""

# The links of events with these digests, one after the other, after the link `p_previous`.
LINKS = """
CREATE FUNCTION event_links(p_previous bytea, p_digests bytea[]) RETURNS bytea[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    digest bytea;
    links  bytea[] := '{}';
BEGIN
    FOREACH digest IN ARRAY p_digests LOOP
        p_previous := sha256(p_previous || digest);
        links := array_append(links, p_previous);
    END LOOP;
    RETURN links;
END
$$
"""

FORMER_APPEND = """
DROP FUNCTION append_events(text, integer, text, bytea, text[], integer[], text[], timestamptz[], jsonb)
"""

# The marker (20299, 1) is held, shared, by every transaction that may draw a position. It comes before
# nextval, and the stream's row before the look for the key: each statement then sees what others did.
APPEND = """
CREATE FUNCTION append_events(
    p_order_id text, p_expected integer, p_key text, p_digest bytea, p_types text[], p_schemas integer[],
    p_data text[], p_occurred timestamptz[], p_digests bytea[], p_bodies bytea[], p_metadata jsonb,
    OUT answer text, OUT version integer, OUT positions bigint[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    added  CONSTANT integer := cardinality(p_types);
    head   integer := 0;
    digest bytea;
    last   bytea;
    links  bytea[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(20299, 1);
    IF p_expected = 0 THEN
        links := event_links(first_event_link(p_order_id), p_digests);
        INSERT INTO order_streams (order_id, version, link) VALUES (p_order_id, added, links[added])
            ON CONFLICT DO NOTHING;
    END IF;
    IF p_expected <> 0 OR NOT FOUND THEN
        SELECT s.version, s.link INTO head, last
            FROM order_streams s WHERE s.order_id = p_order_id FOR UPDATE;
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
        links := event_links(last, p_digests);
        UPDATE order_streams s SET version = head + added, link = links[added] WHERE s.order_id = p_order_id;
    END IF;
    positions := '{}';
    FOR n IN 1..added LOOP  -- a query would cost twice as much
        positions[n] := nextval('event_positions');
    END LOOP;
    INSERT INTO order_events (order_id, version, position, event_type, schema_version, command_key,
                              command_digest, data, body, metadata, occurred_at, link)
        SELECT p_order_id, p_expected + n.ord, n.position, n.type, n.schema, p_key,
               p_digest, n.data::jsonb, n.body, p_metadata, n.occurred, n.link
        FROM unnest(p_types, p_schemas, p_data, p_bodies, p_occurred, positions, links)
            WITH ORDINALITY AS n (type, schema, data, body, occurred, position, link, ord);
    answer := 'appended';
    version := p_expected + added;
END
$$
"""

# Appends to different streams, each with an answer of its own, in any order: `nth` counts from 1. A stream
# that somebody else holds answers 'busy' and is left alone: a group waits for nobody's row, nor deadlocks.
# Only one that somebody is just beginning cannot be skipped: after the lock's time-out the whole group is
# refused.
# `p_first` and `p_last` are each append's events within the arrays from `p_of` on; `p_of` says it the
# other way round. Slices have blanks around their colon, or SQLAlchemy takes it for a parameter.
APPEND_MANY = """
CREATE FUNCTION append_many(
    p_order_ids text[], p_expected integer[], p_keys text[], p_command_digests bytea[], p_metadata text[],
    p_first integer[], p_last integer[],
    p_of integer[], p_types text[], p_schemas integer[], p_data text[], p_occurred timestamptz[],
    p_digests bytea[], p_bodies bytea[]
) RETURNS TABLE (nth integer, answer text, version integer, positions bigint[])
LANGUAGE plpgsql SET lock_timeout = '500ms' AS $$
#variable_conflict use_column
DECLARE
    many     CONSTANT integer := cardinality(p_order_ids);
    metadata CONSTANT jsonb[] := p_metadata::jsonb[];
    created text[];
    heads   integer[] := array_fill(NULL::integer, ARRAY[many]);
    lasts   bytea[] := array_fill(NULL::bytea, ARRAY[many]);
    taken   boolean[] := array_fill(false, ARRAY[many]);
    links   bytea[] := array_fill(NULL::bytea, ARRAY[cardinality(p_types)]);
    drawn   bigint[];
    found   record;
    own     bytea[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(20299, 1);
    WITH added AS (
        INSERT INTO order_streams (order_id, version, link)
            SELECT a.id, a.last - a.first + 1,
                   (event_links(first_event_link(a.id), p_digests[a.first : a.last]))[a.last - a.first + 1]
            FROM unnest(p_order_ids, p_expected, p_first, p_last) AS a (id, expected, first, last)
            WHERE a.expected = 0 ORDER BY a.id
            ON CONFLICT DO NOTHING RETURNING order_id
    )
    SELECT coalesce(array_agg(a.order_id), '{}') INTO created FROM added a;
    IF cardinality(created) < many THEN
        FOR found IN
            SELECT a.ord::integer AS nth, s.version, s.link
            FROM unnest(p_order_ids) WITH ORDINALITY AS a (id, ord)
            JOIN order_streams s ON s.order_id = a.id
            WHERE a.id <> ALL (created) ORDER BY a.id FOR UPDATE OF s SKIP LOCKED
        LOOP
            heads[found.nth] := found.version;
            lasts[found.nth] := found.link;
        END LOOP;
        FOR found IN
            SELECT a.ord::integer AS nth, e.positions, e.version, e.digest = p_command_digests[a.ord] AS same
            FROM unnest(p_order_ids, p_keys) WITH ORDINALITY AS a (id, key, ord)
            CROSS JOIN LATERAL (
                SELECT array_agg(e.position ORDER BY e.version) AS positions, max(e.version) AS version,
                       (array_agg(e.command_digest))[1] AS digest
                FROM order_events e WHERE e.order_id = a.id AND e.command_key = a.key
            ) AS e
            WHERE heads[a.ord] IS NOT NULL AND e.positions IS NOT NULL
        LOOP
            taken[found.nth] := true;
            nth := found.nth;
            answer := CASE WHEN found.same THEN 'already' ELSE 'key_reused' END;
            version := found.version;
            positions := found.positions;
            RETURN NEXT;
        END LOOP;
        positions := NULL;
        FOR found IN
            SELECT a.ord::integer AS nth, s.order_id IS NOT NULL AS there
            FROM unnest(p_order_ids) WITH ORDINALITY AS a (id, ord)
            LEFT JOIN order_streams s ON s.order_id = a.id
            WHERE heads[a.ord] IS NULL AND a.id <> ALL (created)
        LOOP
            taken[found.nth] := true;
            nth := found.nth;
            answer := CASE WHEN found.there THEN 'busy' ELSE 'version_conflict' END;
            version := 0;
            RETURN NEXT;
        END LOOP;
    END IF;
    FOR n IN 1..many LOOP
        CONTINUE WHEN taken[n];
        nth := n;
        IF heads[n] <> p_expected[n] THEN
            answer := 'version_conflict';
            version := heads[n];
            positions := NULL;
            RETURN NEXT;
            CONTINUE;
        END IF;
        IF drawn IS NULL THEN
            SELECT array_agg(nextval('event_positions')) INTO drawn
                FROM generate_series(1, cardinality(p_types));
        END IF;
        own := event_links(
            coalesce(lasts[n], first_event_link(p_order_ids[n])), p_digests[p_first[n] : p_last[n]]
        );
        links[p_first[n] : p_last[n]] := own;
        lasts[n] := own[cardinality(own)];
        answer := 'appended';
        version := p_expected[n] + cardinality(own);
        positions := drawn[p_first[n] : p_last[n]];
        RETURN NEXT;
    END LOOP;
    IF drawn IS NULL THEN
        RETURN;
    END IF;
    UPDATE order_streams s SET version = s.version + a.last - a.first + 1, link = a.link
        FROM unnest(p_order_ids, heads, p_first, p_last, lasts) AS a (id, head, first, last, link)
        WHERE s.order_id = a.id AND a.head IS NOT NULL AND links[a.first] IS NOT NULL;
    INSERT INTO order_events (order_id, version, position, event_type, schema_version, command_key,
                              command_digest, data, body, metadata, occurred_at, link)
        SELECT p_order_ids[n.of], p_expected[n.of] + n.ord - p_first[n.of] + 1, n.position,
               n.type, n.schema, p_keys[n.of], p_command_digests[n.of], n.data::jsonb, n.body,
               metadata[n.of], n.occurred, n.link
        FROM unnest(p_of, p_types, p_schemas, p_data, p_bodies, p_occurred, drawn, links)
            WITH ORDINALITY AS n (of, type, schema, data, body, occurred, position, link, ord)
        WHERE n.link IS NOT NULL;
END
$$
"""


def upgrade() -> None:
    """Chain what is there, then let nothing in without a link."""
    for statement in (*COLUMNS, *OPEN):
        op.execute(statement)
    chain_what_is_stored(op.get_bind())
    for statement in (*CLOSE, FIRST_LINK, LINKS, FORMER_APPEND, APPEND, APPEND_MANY):
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
