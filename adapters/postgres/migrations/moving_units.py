"""The functions of migration 0010, which move units between shelves. They never change once released.

Locks are taken in one order everywhere: holds by reference, goods by SKU, allowances by key, shelves by SKU
and warehouse. So nobody can wait in a circle. Allocations and movements of a reference are written under the
lock of its hold, and read after it by a statement of their own. Taking, confirming, releasing and expiring
holds change no sum of available, held and sold units, so they need no shelf.
"""

from __future__ import annotations

from typing import Final

# What of a sold hold has neither left nor been cancelled: by warehouse where it was allocated, under no
# warehouse where it was not.
LEFT: Final = """
CREATE FUNCTION goods_left(p_reference text)
RETURNS TABLE (sku text, warehouse_id text, quantity bigint) LANGUAGE sql STABLE AS $$
    SELECT n.sku, n.warehouse_id, sum(n.quantity)::bigint FROM (
        SELECT l.sku, '' AS warehouse_id, l.quantity FROM hold_lines l WHERE l.reference = p_reference
        UNION ALL
        SELECT a.sku, p.warehouse_id, p.quantity FROM allocations a,
            LATERAL (VALUES ('', -a.quantity), (a.warehouse_id, a.quantity)) AS p (warehouse_id, quantity)
            WHERE a.reference = p_reference
        UNION ALL
        SELECT m.sku, m.warehouse_id, -m.quantity FROM stock_movements m
            WHERE m.reference = p_reference
            AND (m.kind IN ('handed_over', 'cancelled') OR (m.kind = 'taken_back' AND m.warehouse_id = ''))
    ) AS n
    WHERE EXISTS (SELECT FROM holds h WHERE h.reference = p_reference AND h.status = 'confirmed')
    GROUP BY n.sku, n.warehouse_id
$$
"""

AWAY: Final = """
CREATE FUNCTION goods_away(p_reference text)
RETURNS TABLE (sku text, quantity bigint) LANGUAGE sql STABLE AS $$
    SELECT m.sku, sum(CASE m.kind WHEN 'taken_back' THEN -m.quantity ELSE m.quantity END)::bigint
    FROM stock_movements m
    WHERE m.reference = p_reference AND m.kind <> 'cancelled' AND m.warehouse_id <> '' GROUP BY m.sku
$$
"""

# False when something has changed since the units were chosen; the caller looks again.
ALLOCATE: Final = """
CREATE FUNCTION allocate_units(
    p_reference text, p_lines integer[], p_skus text[], p_quantities bigint[], p_warehouses text[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM holds h WHERE h.reference = p_reference FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM allocations a WHERE a.reference = p_reference) OR EXISTS (
        SELECT FROM (
            SELECT n.sku, sum(n.quantity) AS quantity
            FROM unnest(p_skus, p_quantities) AS n (sku, quantity) GROUP BY n.sku
        ) AS w
        LEFT JOIN goods_left(p_reference) l ON l.sku = w.sku AND l.warehouse_id = ''
        WHERE coalesce(l.quantity, 0) < w.quantity
    ) THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM shelves s
        WHERE (s.sku, s.warehouse_id) IN (
            SELECT w.sku, w.warehouse_id FROM unnest(p_skus, p_warehouses) AS w (sku, warehouse_id)
        )
        ORDER BY s.sku, s.warehouse_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM (
            SELECT n.sku, n.warehouse_id, sum(n.quantity) AS quantity
            FROM unnest(p_skus, p_quantities, p_warehouses) AS n (sku, quantity, warehouse_id)
            GROUP BY n.sku, n.warehouse_id
        ) AS w
        LEFT JOIN shelves s USING (sku, warehouse_id) WHERE coalesce(s.on_shelf, 0) < w.quantity
    ) THEN
        RETURN false;
    END IF;
    INSERT INTO allocations (reference, line, sku, quantity, warehouse_id)
        SELECT p_reference, w.* FROM unnest(p_lines, p_skus, p_quantities, p_warehouses) AS w;
    UPDATE shelves s SET on_shelf = s.on_shelf - w.quantity, allocated = s.allocated + w.quantity
        FROM (
            SELECT a.sku, a.warehouse_id, sum(a.quantity)::bigint AS quantity
            FROM allocations a WHERE a.reference = p_reference GROUP BY a.sku, a.warehouse_id
        ) AS w
        WHERE (s.sku, s.warehouse_id) = (w.sku, w.warehouse_id);
    RETURN true;
END
$$
"""

# One movement, once for its key; of each unit at most what can still make it.
MOVE: Final = """
CREATE FUNCTION move_units(
    p_reference text, p_kind text, p_key text, p_skus text[], p_warehouses text[], p_quantities bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM holds h WHERE h.reference = p_reference FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no hold under %', p_reference USING ERRCODE = 'no_data_found';
    END IF;
    IF EXISTS (
        SELECT FROM stock_movements m WHERE (m.reference, m.kind, m.key) = (p_reference, p_kind, p_key)
    ) THEN
        RETURN;
    END IF;
    IF p_kind = 'taken_back' THEN
        INSERT INTO stock_movements (reference, kind, key, sku, warehouse_id, quantity)
            SELECT p_reference, p_kind, p_key, w.sku, p.warehouse_id, p.quantity
            FROM unnest(p_skus, p_warehouses, p_quantities) AS w (sku, warehouse_id, quantity)
            LEFT JOIN goods_away(p_reference) a ON a.sku = w.sku
            LEFT JOIN goods_left(p_reference) l ON l.sku = w.sku AND l.warehouse_id = '',
            LATERAL (SELECT least(w.quantity, coalesce(a.quantity, 0)) AS back) AS b,
            LATERAL (
                VALUES (w.warehouse_id, b.back), ('', least(w.quantity - b.back, coalesce(l.quantity, 0)))
            ) AS p (warehouse_id, quantity);
    ELSE
        INSERT INTO stock_movements (reference, kind, key, sku, warehouse_id, quantity)
            SELECT p_reference, p_kind, p_key, w.sku, w.warehouse_id,
                   least(w.quantity, coalesce(l.quantity, 0))
            FROM unnest(p_skus, p_warehouses, p_quantities) AS w (sku, warehouse_id, quantity)
            LEFT JOIN goods_left(p_reference) l USING (sku, warehouse_id);
    END IF;
    PERFORM count_movement(p_reference, p_kind, p_key);
    IF p_kind = 'handed_over' THEN
        PERFORM leave_after_all(p_reference, p_key, p_skus, p_warehouses, p_quantities);
    END IF;
END
$$
"""

# Part of handing over, after the rest is counted: what was allocated there and has been cancelled since is
# taken from its shelf again, as far as it is free.
LEAVE_AFTER_ALL: Final = """
CREATE FUNCTION leave_after_all(
    p_reference text, p_key text, p_skus text[], p_warehouses text[], p_quantities bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    unit  record;
    going bigint;
BEGIN
    FOR unit IN
        SELECT w.sku, w.warehouse_id,
               least(w.quantity - m.quantity, a.quantity - g.quantity - coalesce(l.quantity, 0)) AS quantity
        FROM unnest(p_skus, p_warehouses, p_quantities) AS w (sku, warehouse_id, quantity)
        JOIN stock_movements m ON m.sku = w.sku AND m.warehouse_id = w.warehouse_id
            AND (m.reference, m.kind, m.key) = (p_reference, 'handed_over', p_key)
        JOIN (
            SELECT n.sku, n.warehouse_id, sum(n.quantity)::bigint AS quantity
            FROM allocations n WHERE n.reference = p_reference GROUP BY n.sku, n.warehouse_id
        ) AS a ON a.sku = w.sku AND a.warehouse_id = w.warehouse_id
        JOIN (
            SELECT n.sku, n.warehouse_id, sum(n.quantity)::bigint AS quantity FROM stock_movements n
            WHERE n.reference = p_reference AND n.kind IN ('handed_over', 'left_after_all')
            GROUP BY n.sku, n.warehouse_id
        ) AS g ON g.sku = w.sku AND g.warehouse_id = w.warehouse_id
        LEFT JOIN goods_left(p_reference) l ON l.sku = w.sku AND l.warehouse_id = w.warehouse_id
        WHERE w.quantity > m.quantity AND a.quantity > g.quantity + coalesce(l.quantity, 0)
    LOOP
        SELECT least(unit.quantity, i.available, s.on_shelf) INTO going
            FROM stock_items i JOIN shelves s ON s.sku = i.sku
            WHERE i.sku = unit.sku AND s.warehouse_id = unit.warehouse_id;
        INSERT INTO stock_movements (reference, kind, key, sku, warehouse_id, quantity)
            VALUES (p_reference, 'left_after_all', p_key, unit.sku, unit.warehouse_id, going);
        UPDATE stock_items i SET available = i.available - going WHERE i.sku = unit.sku;
        UPDATE shelves s SET on_shelf = s.on_shelf - going
            WHERE (s.sku, s.warehouse_id) = (unit.sku, unit.warehouse_id);
    END LOOP;
END
$$
"""

# What was never allocated matches no shelf: there it lies, sold or not. All that was asked for is locked,
# also what did not move, since the rest of a handing over may take it.
COUNT: Final = """
CREATE FUNCTION count_movement(p_reference text, p_kind text, p_key text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM stock_items i
        WHERE i.sku IN (
            SELECT m.sku FROM stock_movements m
            WHERE (m.reference, m.kind, m.key) = (p_reference, p_kind, p_key)
        )
        ORDER BY i.sku FOR NO KEY UPDATE;
    UPDATE stock_items i SET available = i.available + n.back, sold = i.sold - n.gone
        FROM (
            SELECT m.sku, sum(m.quantity * (p_kind <> 'handed_over')::int)::bigint AS back,
                   sum(m.quantity * (p_kind <> 'taken_back' OR m.warehouse_id = '')::int)::bigint AS gone
            FROM stock_movements m WHERE (m.reference, m.kind, m.key) = (p_reference, p_kind, p_key)
            GROUP BY m.sku HAVING sum(m.quantity) > 0
        ) AS n
        WHERE i.sku = n.sku;
    IF p_kind = 'taken_back' THEN
        INSERT INTO shelves (sku, warehouse_id)
            SELECT m.sku, m.warehouse_id FROM stock_movements m
            WHERE (m.reference, m.kind, m.key) = (p_reference, p_kind, p_key)
            AND m.quantity > 0 AND m.warehouse_id <> ''
            ORDER BY m.sku, m.warehouse_id ON CONFLICT DO NOTHING;
    END IF;
    PERFORM 1 FROM shelves s
        WHERE (s.sku, s.warehouse_id) IN (
            SELECT m.sku, m.warehouse_id FROM stock_movements m
            WHERE (m.reference, m.kind, m.key) = (p_reference, p_kind, p_key)
        )
        ORDER BY s.sku, s.warehouse_id FOR NO KEY UPDATE;
    UPDATE shelves s
        SET on_shelf = s.on_shelf + m.quantity * (p_kind <> 'handed_over')::int,
            allocated = s.allocated - m.quantity * (p_kind <> 'taken_back')::int
        FROM stock_movements m
        WHERE (m.reference, m.kind, m.key) = (p_reference, p_kind, p_key) AND m.quantity > 0
        AND (s.sku, s.warehouse_id) = (m.sku, m.warehouse_id);
END
$$
"""

FUNCTIONS: Final = (LEFT, AWAY, ALLOCATE, COUNT, LEAVE_AFTER_ALL, MOVE)
