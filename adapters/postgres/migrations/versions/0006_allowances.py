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

CLAIM = """
CREATE TYPE allowance_claim AS (
    kind text COLLATE "C", subject text COLLATE "C", sku text COLLATE "C", buyer_id text COLLATE "C",
    quantity bigint, buyer_limit bigint
)
"""

# Locks are taken in one order everywhere: holds by reference, goods by SKU, allowances by key. So nobody can
# wait in a circle. What is read after a lock is read by a statement of its own and so is up to date.
# What the converted carts hold counts as available. Counts for one buyer are made here, empty, so that there
# is a row to lock; when something is short the empty ones go again. A granted claim never leaves one empty.
# Only locked counts are looked at: one that was put there meanwhile could be gone again before it is used.
SHORTAGES = """
CREATE FUNCTION lock_and_find_shortages(
    p_skus text[], p_quantities bigint[], p_claims allowance_claim[], p_carts text[]
)
RETURNS TABLE (kind text, subject text, sku text, buyer_id text, wanted bigint, available bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    short  boolean;
    locked allowance_claim[] := '{}';
BEGIN
    PERFORM 1 FROM stock_items i
        WHERE i.sku = ANY (p_skus || ARRAY(SELECT l.sku FROM hold_lines l WHERE l.reference = ANY (p_carts)))
        ORDER BY i.sku FOR NO KEY UPDATE;
    IF cardinality(p_claims) + cardinality(p_carts) > 0 THEN
        INSERT INTO allowances (kind, subject, sku, buyer_id)
            SELECT w.kind, w.subject, w.sku, w.buyer_id FROM unnest(p_claims) AS w
            WHERE w.buyer_limit IS NOT NULL ORDER BY w.kind, w.subject, w.sku, w.buyer_id
            ON CONFLICT DO NOTHING;
        locked := ARRAY(
            SELECT ROW(a.kind, a.subject, a.sku, a.buyer_id, 0, NULL)::allowance_claim FROM allowances a
            WHERE (a.kind, a.subject, a.sku, a.buyer_id) IN (
                SELECT w.kind, w.subject, w.sku, w.buyer_id FROM unnest(p_claims) AS w
                UNION ALL
                SELECT c.kind, c.subject, c.sku, c.buyer_id
                FROM hold_allowances c WHERE c.reference = ANY (p_carts)
            )
            ORDER BY a.kind, a.subject, a.sku, a.buyer_id FOR NO KEY UPDATE
        );
    END IF;
    RETURN QUERY
        SELECT '', '', w.sku, '', w.quantity, f.available
        FROM unnest(p_skus, p_quantities) AS w (sku, quantity),
        LATERAL (
            SELECT coalesce((SELECT i.available FROM stock_items i WHERE i.sku = w.sku), 0)
                 + coalesce((SELECT sum(l.quantity)::bigint FROM hold_lines l
                             WHERE l.reference = ANY (p_carts) AND l.sku = w.sku), 0) AS available
        ) AS f
        WHERE f.available < w.quantity ORDER BY w.sku COLLATE "C";
    short := FOUND;
    RETURN QUERY
        SELECT w.kind, w.subject, w.sku, w.buyer_id, w.quantity, greatest(f.available, 0)
        FROM unnest(p_claims) AS w
        LEFT JOIN (
            SELECT n.* FROM unnest(locked) AS l JOIN allowances n USING (kind, subject, sku, buyer_id)
        ) AS a USING (kind, subject, sku, buyer_id),
        LATERAL (
            SELECT coalesce(w.buyer_limit - a.held - a.consumed, a.available, 0)
                 + coalesce((SELECT sum(c.quantity)::bigint FROM hold_allowances c
                             WHERE c.reference = ANY (p_carts)
                             AND (c.kind, c.subject, c.sku, c.buyer_id)
                               = (w.kind, w.subject, w.sku, w.buyer_id)), 0) AS available
        ) AS f
        WHERE f.available < w.quantity ORDER BY w.kind, w.subject, w.sku, w.buyer_id;
    IF short OR FOUND THEN
        DELETE FROM allowances a USING unnest(p_claims) AS w
            WHERE (a.kind, a.subject, a.sku, a.buyer_id) = (w.kind, w.subject, w.sku, w.buyer_id)
            AND w.buyer_limit IS NOT NULL AND (a.available, a.held, a.consumed) = (0, 0, 0);
    END IF;
END
$$
"""

MOVE_GOODS_ALONE = "ALTER FUNCTION move_goods RENAME TO move_goods_alone"

# What else these holds claim moves with the goods, `sold` being `consumed` there. Releasing, restocking and
# expiring do nothing else and stay as they are.
MOVE = """
CREATE FUNCTION move_goods(p_references text[], p_available integer, p_held integer, p_sold integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM move_goods_alone(p_references, p_available, p_held, p_sold);
    PERFORM 1 FROM allowances a
        WHERE (a.kind, a.subject, a.sku, a.buyer_id) IN (
            SELECT c.kind, c.subject, c.sku, c.buyer_id
            FROM hold_allowances c WHERE c.reference = ANY (p_references)
        )
        ORDER BY a.kind, a.subject, a.sku, a.buyer_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE allowances a
        SET available = a.available + p_available * m.quantity,
            held = a.held + p_held * m.quantity,
            consumed = a.consumed + p_sold * m.quantity
        FROM (
            SELECT c.kind, c.subject, c.sku, c.buyer_id, sum(c.quantity)::bigint AS quantity
            FROM hold_allowances c WHERE c.reference = ANY (p_references)
            GROUP BY c.kind, c.subject, c.sku, c.buyer_id
        ) AS m
        WHERE (a.kind, a.subject, a.sku, a.buyer_id) = (m.kind, m.subject, m.sku, m.buyer_id);
END
$$
"""

# A late payment takes goods and allowances again, under the limits that its order was placed with.
CONFIRM = """
CREATE FUNCTION confirm_holds(p_reference text, p_now timestamptz)
RETURNS TABLE (kind text, subject text, sku text, buyer_id text, wanted bigint, available bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    was text;
BEGIN
    SELECT h.status INTO was FROM holds h WHERE h.reference = p_reference FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no hold under %', p_reference USING ERRCODE = 'no_data_found';
    ELSIF was = 'active' THEN
        PERFORM move_goods(ARRAY[p_reference], 0, -1, 1);
    ELSIF was IN ('released', 'expired') THEN
        RETURN QUERY SELECT * FROM lock_and_find_shortages(
            ARRAY(SELECT l.sku FROM hold_lines l WHERE l.reference = p_reference ORDER BY l.sku),
            ARRAY(SELECT l.quantity FROM hold_lines l WHERE l.reference = p_reference ORDER BY l.sku),
            ARRAY(
                SELECT ROW(c.kind, c.subject, c.sku, c.buyer_id, c.quantity, c.buyer_limit)::allowance_claim
                FROM hold_allowances c WHERE c.reference = p_reference
            ),
            '{}'
        );
        IF FOUND THEN
            RETURN;
        END IF;
        UPDATE allowances a SET available = c.buyer_limit - a.held - a.consumed FROM hold_allowances c
            WHERE c.reference = p_reference AND c.buyer_limit IS NOT NULL
            AND (a.kind, a.subject, a.sku, a.buyer_id) = (c.kind, c.subject, c.sku, c.buyer_id);
        PERFORM move_goods(ARRAY[p_reference], -1, 0, 1);
    ELSE
        RETURN;
    END IF;
    UPDATE holds h SET status = 'confirmed', resolved_at = p_now WHERE h.reference = p_reference;
END
$$
"""

DROPS = "DROP FUNCTION confirm_holds, lock_and_find_shortages (text[], bigint[])"
_FUNCTIONS = (DROPS, CLAIM, SHORTAGES, MOVE_GOODS_ALONE, MOVE, CONFIRM)
_TABLES = (ALLOWANCES, HOLD_ALLOWANCES, HOLD_ALLOWANCES_BY_COUNT, HOLDS, HOLDS_BY_BUYER)


def upgrade() -> None:
    """Create the tables and the functions that move goods and allowances together; taking them is 0009."""
    for statement in (*_TABLES, *_FUNCTIONS):
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was promised and agreed cannot be taken back. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
