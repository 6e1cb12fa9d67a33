"""The functions of migration 0010 that put goods and allowances back, and that set what is there.

They never change once released. Locks are taken in the order that `moving_units` tells.
"""

from __future__ import annotations

from typing import Final

# As before, but only what is left: of goods, of their shelves, and of what was given back with refunds.
RESTOCK: Final = """
CREATE OR REPLACE FUNCTION restock_holds(p_reference text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    was text;
BEGIN
    SELECT h.status INTO was FROM holds h WHERE h.reference = p_reference FOR NO KEY UPDATE;
    IF was IS DISTINCT FROM 'confirmed' THEN
        RETURN release_holds(p_reference);
    END IF;
    PERFORM 1 FROM stock_items i
        WHERE i.sku IN (SELECT l.sku FROM hold_lines l WHERE l.reference = p_reference)
        ORDER BY i.sku FOR NO KEY UPDATE;
    UPDATE stock_items i SET available = i.available + l.quantity, sold = i.sold - l.quantity
        FROM (
            SELECT n.sku, sum(n.quantity)::bigint AS quantity FROM goods_left(p_reference) n GROUP BY n.sku
        ) AS l
        WHERE i.sku = l.sku AND l.quantity > 0;
    PERFORM give_back_claims(
        p_reference,
        ARRAY(
            SELECT ROW(c.kind, c.subject, c.sku, c.buyer_id, c.quantity, NULL)::allowance_claim
            FROM hold_allowances c WHERE c.reference = p_reference
        )
    );
    PERFORM 1 FROM shelves s
        WHERE (s.sku, s.warehouse_id) IN (
            SELECT l.sku, l.warehouse_id FROM goods_left(p_reference) l WHERE l.quantity > 0
        )
        ORDER BY s.sku, s.warehouse_id FOR NO KEY UPDATE;
    UPDATE shelves s SET on_shelf = s.on_shelf + l.quantity, allocated = s.allocated - l.quantity
        FROM goods_left(p_reference) l
        WHERE l.quantity > 0 AND (s.sku, s.warehouse_id) = (l.sku, l.warehouse_id);
    UPDATE holds h SET status = 'restocked', resolved_at = now() WHERE h.reference = p_reference;
    RETURN 'restocked';
END
$$
"""

# At most what has not gone back yet.
GIVE_BACK_CLAIMS: Final = """
CREATE FUNCTION give_back_claims(p_reference text, p_claims allowance_claim[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM allowances a
        WHERE (a.kind, a.subject, a.sku, a.buyer_id) IN (
            SELECT w.kind, w.subject, w.sku, w.buyer_id FROM unnest(p_claims) AS w
        )
        ORDER BY a.kind, a.subject, a.sku, a.buyer_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE allowances a SET available = a.available + n.quantity, consumed = a.consumed - n.quantity
        FROM (
            SELECT c.kind, c.subject, c.sku, c.buyer_id,
                   least(w.quantity, c.quantity - c.given_back) AS quantity
            FROM hold_allowances c JOIN unnest(p_claims) AS w USING (kind, subject, sku, buyer_id)
            WHERE c.reference = p_reference
        ) AS n
        WHERE (a.kind, a.subject, a.sku, a.buyer_id) = (n.kind, n.subject, n.sku, n.buyer_id);
    UPDATE hold_allowances c SET given_back = least(c.quantity, c.given_back + w.quantity)
        FROM unnest(p_claims) AS w
        WHERE c.reference = p_reference
        AND (c.kind, c.subject, c.sku, c.buyer_id) = (w.kind, w.subject, w.sku, w.buyer_id);
END
$$
"""

GIVE_BACK: Final = """
CREATE FUNCTION give_back_allowances(
    p_reference text, p_key text, p_goods bigint, p_before bigint, p_refunded bigint, p_claims jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    was text;
BEGIN
    SELECT h.status INTO was FROM holds h WHERE h.reference = p_reference FOR NO KEY UPDATE;
    IF was IS DISTINCT FROM 'confirmed' THEN
        RETURN;
    END IF;
    INSERT INTO allowance_returns (reference, key, goods, refunded_before, refunded)
        VALUES (p_reference, p_key, p_goods, p_before, p_refunded) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM give_back_claims(
            p_reference, ARRAY(SELECT w FROM jsonb_populate_recordset(NULL::allowance_claim, p_claims) AS w)
        );
    END IF;
END
$$
"""

# False when less would be left than is promised.
PUT_ON_SHELF: Final = """
CREATE FUNCTION put_on_shelf(p_warehouse_id text, p_sku text, p_on_shelf bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    more bigint;
BEGIN
    INSERT INTO stock_items (sku) VALUES (p_sku) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM stock_items i WHERE i.sku = p_sku FOR NO KEY UPDATE;
    INSERT INTO shelves (sku, warehouse_id) VALUES (p_sku, p_warehouse_id) ON CONFLICT DO NOTHING;
    SELECT p_on_shelf - s.on_shelf INTO more FROM shelves s
        WHERE (s.sku, s.warehouse_id) = (p_sku, p_warehouse_id) FOR NO KEY UPDATE;
    UPDATE stock_items i SET available = i.available + more WHERE i.sku = p_sku AND i.available + more >= 0;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE shelves s SET on_shelf = p_on_shelf WHERE (s.sku, s.warehouse_id) = (p_sku, p_warehouse_id);
    RETURN true;
END
$$
"""

# The main shelf has the difference. The SKUs of which more is free elsewhere; then nothing was done.
PUT_FREE: Final = """
CREATE FUNCTION put_free_goods(p_skus text[], p_available bigint[])
RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stock_items (sku) SELECT n.sku FROM unnest(p_skus) AS n (sku)
        ORDER BY n.sku COLLATE "C" ON CONFLICT DO NOTHING;
    PERFORM 1 FROM stock_items i WHERE i.sku = ANY (p_skus) ORDER BY i.sku FOR NO KEY UPDATE;
    INSERT INTO shelves (sku, warehouse_id) SELECT n.sku, 'main' FROM unnest(p_skus) AS n (sku)
        ORDER BY n.sku COLLATE "C" ON CONFLICT DO NOTHING;
    PERFORM 1 FROM shelves s WHERE s.sku = ANY (p_skus) AND s.warehouse_id = 'main'
        ORDER BY s.sku FOR NO KEY UPDATE;
    RETURN QUERY
        SELECT i.sku FROM unnest(p_skus, p_available) AS n (sku, available)
        JOIN stock_items i ON i.sku = n.sku JOIN shelves s ON s.sku = n.sku AND s.warehouse_id = 'main'
        WHERE s.on_shelf + n.available - i.available < 0 ORDER BY i.sku;
    IF FOUND THEN
        RETURN;
    END IF;
    UPDATE shelves s SET on_shelf = s.on_shelf + n.available - i.available
        FROM unnest(p_skus, p_available) AS n (sku, available) JOIN stock_items i ON i.sku = n.sku
        WHERE s.sku = n.sku AND s.warehouse_id = 'main' AND n.available <> i.available;
    UPDATE stock_items i SET available = n.available
        FROM unnest(p_skus, p_available) AS n (sku, available)
        WHERE i.sku = n.sku AND n.available <> i.available;
END
$$
"""

FUNCTIONS: Final = (GIVE_BACK_CLAIMS, GIVE_BACK, RESTOCK, PUT_ON_SHELF, PUT_FREE)
