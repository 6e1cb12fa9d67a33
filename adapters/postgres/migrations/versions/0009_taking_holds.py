"""Taking a hold on goods and allowances, for the first time or with other contents than before."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Whether this is all that is held under a reference; both sides come sorted, each name once.
HOLDS_JUST = """
CREATE FUNCTION holds_just(
    p_reference text, p_skus text[], p_quantities bigint[], p_claims allowance_claim[]
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT ARRAY(
        SELECT (l.sku, l.quantity)::text FROM hold_lines l WHERE l.reference = p_reference ORDER BY 1
    ) = ARRAY(
        SELECT (w.sku, w.quantity)::text FROM unnest(p_skus, p_quantities) AS w (sku, quantity) ORDER BY 1
    ) AND ARRAY(
        SELECT (c.kind, c.subject, c.sku, c.buyer_id, c.quantity)::text
        FROM hold_allowances c WHERE c.reference = p_reference ORDER BY 1
    ) = ARRAY(
        SELECT (w.kind, w.subject, w.sku, w.buyer_id, w.quantity)::text FROM unnest(p_claims) AS w ORDER BY 1
    )
$$
"""

# A refused hold leaves nothing behind, so the same reference may try again, and its carts stay as they are.
# Of the carts only this buyer's active ones count; what nobody needs of them any more goes back. The new row
# may come before the carts' rows: until the end nobody else can see it, let alone lock it and wait for more.
# A reference that holds the same already is answered at once. One that holds something else, because its
# order was agreed upon anew after a worker was lost, or whose time is over, holds what is asked for now: what
# it had counts as free meanwhile, like a cart's. What was released, sold or put back, and what is another
# buyer's, stays so, whatever comes late.
TAKE = """
CREATE FUNCTION take_hold(
    p_reference text, p_kind text, p_buyer_id text, p_until timestamptz,
    p_skus text[], p_quantities bigint[], p_claims jsonb, p_carts text[]
)
RETURNS TABLE (kind text, subject text, sku text, buyer_id text, wanted bigint, available bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    claims allowance_claim[];
    carts  text[] := '{}';
    own    text[] := '{}';
    was    text;
BEGIN
    claims := ARRAY(SELECT w FROM jsonb_populate_recordset(NULL::allowance_claim, p_claims) AS w);
    INSERT INTO holds (reference, status, expires_at, kind, buyer_id)
        VALUES (p_reference, 'active', p_until, p_kind, p_buyer_id) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT h.status INTO was FROM holds h
            WHERE h.reference = p_reference AND (h.kind, h.buyer_id) = (p_kind, p_buyer_id)
            FOR NO KEY UPDATE;
        IF was IS NULL OR was NOT IN ('active', 'expired')
           OR (was = 'active' AND holds_just(p_reference, p_skus, p_quantities, claims)) THEN
            RETURN;
        END IF;
        own := CASE WHEN was = 'active' THEN ARRAY[p_reference] ELSE '{}' END;
    END IF;
    IF cardinality(p_carts) > 0 AND p_buyer_id <> '' THEN
        carts := ARRAY(
            SELECT h.reference FROM holds h
            WHERE h.reference = ANY (p_carts) AND h.reference <> p_reference
            AND h.kind = 'cart' AND h.buyer_id = p_buyer_id AND h.status = 'active'
            ORDER BY h.reference COLLATE "C" FOR NO KEY UPDATE
        );
    END IF;
    RETURN QUERY SELECT * FROM lock_and_find_shortages(p_skus, p_quantities, claims, own || carts);
    IF FOUND THEN
        DELETE FROM holds h WHERE h.reference = p_reference AND was IS NULL;
        RETURN;
    END IF;
    UPDATE stock_items i SET available = i.available - m.taken, held = i.held + m.taken
        FROM (
            SELECT n.sku, sum(n.quantity)::bigint AS taken FROM (
                SELECT w.sku, w.quantity FROM unnest(p_skus, p_quantities) AS w (sku, quantity)
                UNION ALL
                SELECT l.sku, -l.quantity FROM hold_lines l WHERE l.reference = ANY (own || carts)
            ) AS n GROUP BY n.sku
        ) AS m
        WHERE i.sku = m.sku AND m.taken <> 0;
    IF cardinality(claims) + cardinality(own || carts) > 0 THEN
        UPDATE allowances a SET held = a.held + m.taken,
                available = coalesce(m.buyer_limit - a.held - a.consumed, a.available) - m.taken
            FROM (
                SELECT n.kind, n.subject, n.sku, n.buyer_id,
                       sum(n.quantity)::bigint AS taken, max(n.buyer_limit) AS buyer_limit
                FROM (
                    SELECT * FROM unnest(claims)
                    UNION ALL
                    SELECT c.kind, c.subject, c.sku, c.buyer_id, -c.quantity, NULL
                    FROM hold_allowances c WHERE c.reference = ANY (own || carts)
                ) AS n GROUP BY n.kind, n.subject, n.sku, n.buyer_id
            ) AS m
            WHERE (a.kind, a.subject, a.sku, a.buyer_id) = (m.kind, m.subject, m.sku, m.buyer_id);
    END IF;
    IF was IS NOT NULL THEN
        DELETE FROM hold_lines l WHERE l.reference = p_reference;
        DELETE FROM hold_allowances c WHERE c.reference = p_reference;
        UPDATE holds h SET status = 'active', resolved_at = NULL, expires_at = p_until
            WHERE h.reference = p_reference;
    END IF;
    INSERT INTO hold_lines (reference, sku, quantity)
        SELECT p_reference, w.sku, w.quantity FROM unnest(p_skus, p_quantities) AS w (sku, quantity);
    IF cardinality(claims) + cardinality(carts) = 0 THEN
        RETURN;
    END IF;
    INSERT INTO hold_allowances (reference, kind, subject, sku, buyer_id, quantity, buyer_limit)
        SELECT p_reference, w.* FROM unnest(claims) AS w;
    UPDATE holds h SET status = 'converted', resolved_at = now() WHERE h.reference = ANY (carts);
END
$$
"""

# For processes of the former release, as long as they run beside newer ones.
TAKE_GOODS = """
CREATE OR REPLACE FUNCTION take_holds(
    p_reference text, p_skus text[], p_quantities bigint[], p_until timestamptz
)
RETURNS TABLE (sku text, wanted bigint, available bigint) LANGUAGE sql AS $$
    SELECT t.sku, t.wanted, t.available
    FROM take_hold(p_reference, 'order', '', p_until, p_skus, p_quantities, '[]', '{}') AS t
$$
"""


def upgrade() -> None:
    """Create the functions."""
    for statement in (HOLDS_JUST, TAKE, TAKE_GOODS):
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
