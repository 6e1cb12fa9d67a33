"""Stock ledger, catalogue and price snapshots: tables, and the functions that move goods in one call."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Half-empty pages: counts change all the time, and a change that stays on its page touches no index.
# Byte order for SKUs: everybody locks in this order, whatever the database's collation.
STOCK = """
CREATE TABLE stock_items (
    sku       text COLLATE "C" PRIMARY KEY,
    available bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
    held      bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    sold      bigint NOT NULL DEFAULT 0 CHECK (sold >= 0)
) WITH (fillfactor = 50)
"""

HOLDS = """
CREATE TABLE holds (
    reference   text PRIMARY KEY,
    status      text        NOT NULL
                CHECK (status IN ('active', 'confirmed', 'released', 'expired', 'restocked')),
    expires_at  timestamptz NOT NULL,
    taken_at    timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    CHECK ((status = 'active') = (resolved_at IS NULL))
)
"""

HOLDS_OVERDUE = "CREATE INDEX holds_overdue ON holds (expires_at) WHERE status = 'active'"

HOLD_LINES = """
CREATE TABLE hold_lines (
    reference text             NOT NULL REFERENCES holds (reference),
    sku       text COLLATE "C" NOT NULL,
    quantity  bigint           NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (reference, sku)
)
"""

# In all functions below the hold's row comes first and the SKUs' rows in SKU order after it, so nobody can
# wait in a circle. What is read after a lock is read by a statement of its own and so is up to date.
SHORTAGES = """
CREATE FUNCTION lock_and_find_shortages(p_skus text[], p_quantities bigint[])
RETURNS TABLE (sku text, wanted bigint, available bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM stock_items i WHERE i.sku = ANY (p_skus) ORDER BY i.sku FOR NO KEY UPDATE;
    RETURN QUERY
        SELECT w.sku, w.quantity, coalesce(i.available, 0)
        FROM unnest(p_skus, p_quantities) AS w (sku, quantity)
        LEFT JOIN stock_items i ON i.sku = w.sku
        WHERE coalesce(i.available, 0) < w.quantity
        ORDER BY w.sku COLLATE "C";
END
$$
"""

# Signs: +1 adds the quantities of these holds to that count, -1 takes them away.
MOVE = """
CREATE FUNCTION move_goods(p_references text[], p_available integer, p_held integer, p_sold integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM stock_items i
        WHERE i.sku IN (SELECT l.sku FROM hold_lines l WHERE l.reference = ANY (p_references))
        ORDER BY i.sku FOR NO KEY UPDATE;
    UPDATE stock_items i
        SET available = i.available + p_available * m.quantity,
            held = i.held + p_held * m.quantity,
            sold = i.sold + p_sold * m.quantity
        FROM (
            SELECT l.sku, sum(l.quantity)::bigint AS quantity
            FROM hold_lines l WHERE l.reference = ANY (p_references) GROUP BY l.sku
        ) AS m
        WHERE i.sku = m.sku;
END
$$
"""

# A refused hold leaves nothing behind, so the same reference may try again.
TAKE = """
CREATE FUNCTION take_holds(p_reference text, p_skus text[], p_quantities bigint[], p_until timestamptz)
RETURNS TABLE (sku text, wanted bigint, available bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO holds (reference, status, expires_at) VALUES (p_reference, 'active', p_until)
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT * FROM lock_and_find_shortages(p_skus, p_quantities);
    IF FOUND THEN
        DELETE FROM holds h WHERE h.reference = p_reference;
        RETURN;
    END IF;
    UPDATE stock_items i SET available = i.available - w.quantity, held = i.held + w.quantity
        FROM unnest(p_skus, p_quantities) AS w (sku, quantity) WHERE i.sku = w.sku;
    INSERT INTO hold_lines (reference, sku, quantity)
        SELECT p_reference, w.sku, w.quantity FROM unnest(p_skus, p_quantities) AS w (sku, quantity);
END
$$
"""

CONFIRM = """
CREATE FUNCTION confirm_holds(p_reference text, p_now timestamptz)
RETURNS TABLE (sku text, wanted bigint, available bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    was        text;
    skus       text[];
    quantities bigint[];
BEGIN
    SELECT h.status INTO was FROM holds h WHERE h.reference = p_reference FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no hold under %', p_reference USING ERRCODE = 'no_data_found';
    ELSIF was = 'active' THEN
        PERFORM move_goods(ARRAY[p_reference], 0, -1, 1);
    ELSIF was IN ('released', 'expired') THEN
        SELECT array_agg(l.sku), array_agg(l.quantity) INTO skus, quantities
            FROM hold_lines l WHERE l.reference = p_reference;
        RETURN QUERY SELECT * FROM lock_and_find_shortages(skus, quantities);
        IF FOUND THEN
            RETURN;
        END IF;
        PERFORM move_goods(ARRAY[p_reference], -1, 0, 1);
    ELSE
        RETURN;
    END IF;
    UPDATE holds h SET status = 'confirmed', resolved_at = p_now WHERE h.reference = p_reference;
END
$$
"""

RELEASE = """
CREATE FUNCTION release_holds(p_reference text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    was text;
BEGIN
    SELECT h.status INTO was FROM holds h WHERE h.reference = p_reference FOR NO KEY UPDATE;
    IF was IS DISTINCT FROM 'active' THEN
        RETURN was;
    END IF;
    PERFORM move_goods(ARRAY[p_reference], 1, -1, 0);
    UPDATE holds h SET status = 'released', resolved_at = now() WHERE h.reference = p_reference;
    RETURN 'released';
END
$$
"""

RESTOCK = """
CREATE FUNCTION restock_holds(p_reference text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    was text;
BEGIN
    SELECT h.status INTO was FROM holds h WHERE h.reference = p_reference FOR NO KEY UPDATE;
    IF was IS DISTINCT FROM 'confirmed' THEN
        RETURN release_holds(p_reference);
    END IF;
    PERFORM move_goods(ARRAY[p_reference], 1, 0, -1);
    UPDATE holds h SET status = 'restocked', resolved_at = now() WHERE h.reference = p_reference;
    RETURN 'restocked';
END
$$
"""

# A hold whose row is locked is being resolved by somebody else right now.
EXPIRE = """
CREATE FUNCTION expire_holds(p_now timestamptz, p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    overdue text[];
BEGIN
    SELECT array_agg(o.reference) INTO overdue FROM (
        SELECT h.reference FROM holds h WHERE h.status = 'active' AND h.expires_at <= p_now
        ORDER BY h.expires_at, h.reference LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
    ) AS o;
    IF overdue IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM move_goods(overdue, 1, -1, 0);
    UPDATE holds h SET status = 'expired', resolved_at = p_now WHERE h.reference = ANY (overdue);
    RETURN cardinality(overdue);
END
$$
"""

ITEMS = """
CREATE TABLE catalogue_items (
    sku         text COLLATE "C" PRIMARY KEY,
    merchant_id text NOT NULL,
    title       text NOT NULL,
    category    text NOT NULL CHECK (category IN ('physical', 'virtual', 'service')),
    changed_at  timestamptz NOT NULL DEFAULT now()
)
"""

PRICES = """
CREATE TABLE item_prices (
    sku            text COLLATE "C" NOT NULL REFERENCES catalogue_items (sku),
    currency       text   NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    market_price   bigint NOT NULL CHECK (market_price > 0),
    discount_price bigint NOT NULL CHECK (discount_price BETWEEN 0 AND market_price),
    PRIMARY KEY (sku, currency)
)
"""

FEES = """
CREATE TABLE delivery_fees (
    merchant_id text   NOT NULL,
    currency    text   NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount      bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (merchant_id, currency)
)
"""

# Text, not jsonb: jsonb sorts keys and would not give the same bytes back.
SNAPSHOTS = """
CREATE TABLE price_snapshots (
    id         text PRIMARY KEY,
    body       text        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
)
"""

REFUSE = """
CREATE FUNCTION refuse_snapshot_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused: a price snapshot says the same for ever', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$
"""

GUARD = """
CREATE TRIGGER price_snapshots_never_change
    BEFORE UPDATE OR DELETE OR TRUNCATE ON price_snapshots
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_snapshot_change()
"""

CLAIMS = """
CREATE TABLE snapshot_claims (
    snapshot_id text PRIMARY KEY REFERENCES price_snapshots (id),
    order_id    text        NOT NULL,
    claimed_at  timestamptz NOT NULL DEFAULT now()
)
"""

# The order that has the snapshot now; NULL when there is no such snapshot.
CLAIM = """
CREATE FUNCTION claim_snapshot(p_snapshot_id text, p_order_id text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO snapshot_claims (snapshot_id, order_id)
        SELECT s.id, p_order_id FROM price_snapshots s WHERE s.id = p_snapshot_id
        ON CONFLICT DO NOTHING;
    RETURN (SELECT c.order_id FROM snapshot_claims c WHERE c.snapshot_id = p_snapshot_id);
END
$$
"""

_STOCK_PART = (
    STOCK,
    HOLDS,
    HOLDS_OVERDUE,
    HOLD_LINES,
    SHORTAGES,
    MOVE,
    TAKE,
    CONFIRM,
    RELEASE,
    RESTOCK,
    EXPIRE,
)
_PRICE_PART = (ITEMS, PRICES, FEES, SNAPSHOTS, REFUSE, GUARD, CLAIMS, CLAIM)


def upgrade() -> None:
    """Create the tables and functions of stock and prices."""
    for statement in (*_STOCK_PART, *_PRICE_PART):
        op.execute(statement)


def downgrade() -> None:
    """Refused: holds and snapshots are the only copy of what was promised. Restore a backup instead."""
    message = "promises cannot be taken back"
    raise RuntimeError(message)
