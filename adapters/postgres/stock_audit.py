"""Whether the ledger's books agree with themselves: one query over counts and holds. It repairs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool


class LedgerFault(StrEnum):
    """How books can contradict each other.

    `held`: the count of what is held is not what active holds hold. `gone`: the count of what was sold (of
    goods) or consumed (of an allowance, such as a promotion's quota) is not what confirmed holds have sold
    and what has neither left, nor been cancelled, nor been given back. `below_zero`: more was promised than
    there was. `without_goods`: a hold has more units of a promotion than units of its goods. `shelves`: all
    shelves together have something else than what is available, held, or sold and not allocated. `allocated`:
    what stands ready in a warehouse is not what orders wait for there. `moved`: more of an order has moved
    than it had.
    """

    HELD = "held"
    GONE = "gone"
    BELOW_ZERO = "below_zero"
    WITHOUT_GOODS = "without_goods"
    SHELVES = "shelves"
    ALLOCATED = "allocated"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One count that is wrong: `counted` is what it says, `holds_say` what it should be.

    `kind` is `goods`, `shelf` or an `AllowanceKind`; `subject` names the warehouse, promotion, voucher or
    owner of points, for `without_goods` and `moved` with the hold's reference.
    """

    fault: LedgerFault
    kind: str
    subject: str
    sku: str
    buyer_id: str
    counted: int
    holds_say: int


# One statement sees one moment, so that it may run while everybody sells. It reads every count, every hold
# that is active or confirmed, and every movement. An empty answer means: the books agree, nothing was sold
# twice, each unit lies, stands ready or has left just once, and of each promotion exactly as many units were
# consumed as were sold under it.
LEDGER_AUDIT: Final = """
WITH counts AS (
    SELECT 'goods' AS kind, '' AS subject, sku, '' AS buyer_id, available, held, sold AS gone FROM stock_items
    UNION ALL
    SELECT kind, subject, sku, buyer_id, available, held, consumed FROM allowances
),
live AS (
    SELECT reference, (status = 'active')::int AS held, (status = 'confirmed')::int AS gone
    FROM holds WHERE status IN ('active', 'confirmed')
),
moved AS (
    SELECT reference, sku, warehouse_id,
           sum(quantity * (kind IN ('handed_over', 'cancelled') OR warehouse_id = '')::int) AS gone,
           sum(quantity * (kind IN ('handed_over', 'left_after_all'))::int) AS away,
           sum(quantity * (kind = 'taken_back' AND warehouse_id <> '')::int) AS back
    FROM stock_movements GROUP BY reference, sku, warehouse_id
),
parts AS (
    SELECT reference, 'goods' AS kind, '' AS subject, sku, '' AS buyer_id, quantity, 0 AS settled
    FROM hold_lines
    UNION ALL
    SELECT reference, 'goods', '', sku, '', 0, gone FROM moved
    UNION ALL
    SELECT reference, kind, subject, sku, buyer_id, quantity, given_back FROM hold_allowances
),
promised AS (
    SELECT kind, subject, sku, buyer_id, sum(quantity * held) AS held,
           sum((quantity - settled) * gone) AS gone
    FROM live JOIN parts USING (reference) GROUP BY kind, subject, sku, buyer_id
),
chosen AS (
    SELECT reference, sku, warehouse_id, sum(quantity) AS quantity FROM allocations
    GROUP BY reference, sku, warehouse_id
),
standing AS (
    SELECT sku, warehouse_id, sum(a.quantity - coalesce(m.gone, 0)) AS quantity
    FROM chosen AS a
    JOIN live AS h USING (reference)
    LEFT JOIN moved AS m USING (reference, sku, warehouse_id)
    WHERE h.gone = 1 GROUP BY sku, warehouse_id
)
SELECT f.fault, kind, subject, sku, buyer_id, f.counted, f.holds_say
FROM counts AS c
FULL JOIN promised AS p USING (kind, subject, sku, buyer_id),
LATERAL (
    VALUES
        ('held', coalesce(c.held, 0), coalesce(p.held, 0), coalesce(c.held, 0) <> coalesce(p.held, 0)),
        ('gone', coalesce(c.gone, 0), coalesce(p.gone, 0), coalesce(c.gone, 0) <> coalesce(p.gone, 0)),
        ('below_zero', least(c.available, c.held, c.gone), 0, least(c.available, c.held, c.gone) < 0)
) AS f (fault, counted, holds_say, wrong)
WHERE f.wrong
UNION ALL
SELECT 'without_goods', a.kind, a.subject || ' ' || a.reference, a.sku, a.buyer_id, a.quantity,
       coalesce(l.quantity, 0)
FROM live
JOIN hold_allowances AS a USING (reference)
LEFT JOIN hold_lines AS l ON l.reference = a.reference AND l.sku = a.sku
WHERE a.sku <> '' AND a.quantity > coalesce(l.quantity, 0)
UNION ALL
SELECT f.fault, 'shelf', warehouse_id, sku, '', f.counted, f.holds_say
FROM shelves AS s
FULL JOIN standing AS a USING (sku, warehouse_id),
LATERAL (
    VALUES
        ('allocated', coalesce(s.allocated, 0), coalesce(a.quantity, 0),
         coalesce(s.allocated, 0) <> coalesce(a.quantity, 0)),
        ('below_zero', least(s.on_shelf, s.allocated), 0, least(s.on_shelf, s.allocated) < 0)
) AS f (fault, counted, holds_say, wrong)
WHERE f.wrong
UNION ALL
SELECT 'shelves', 'shelf', '', sku, '', sum(lies), sum(should)
FROM (
    SELECT sku, on_shelf AS lies, 0 AS should FROM shelves
    UNION ALL
    SELECT sku, 0, available FROM stock_items
    UNION ALL
    SELECT sku, 0, held + gone FROM promised WHERE kind = 'goods'
    UNION ALL
    SELECT sku, 0, -quantity FROM standing
) AS n
GROUP BY sku HAVING sum(lies) <> sum(should)
UNION ALL
SELECT 'moved', f.kind, f.subject, f.sku, '', f.counted, f.holds_say
FROM (
    SELECT 'goods' AS kind, m.reference AS subject, m.sku, sum(m.gone) AS counted,
           coalesce((SELECT l.quantity FROM hold_lines l
                     WHERE (l.reference, l.sku) = (m.reference, m.sku)), 0) AS holds_say
    FROM moved AS m GROUP BY m.reference, m.sku
    UNION ALL
    SELECT 'goods', m.reference, m.sku, sum(m.back), sum(m.away) FROM moved AS m GROUP BY m.reference, m.sku
    UNION ALL
    SELECT 'shelf', m.warehouse_id || ' ' || m.reference, m.sku, m.gone, coalesce(a.quantity, 0)
    FROM moved AS m LEFT JOIN chosen AS a USING (reference, sku, warehouse_id) WHERE m.warehouse_id <> ''
) AS f
WHERE f.counted > f.holds_say
ORDER BY 1, 2, 3, 4, 5
"""


async def contradictions(pool: Pool) -> tuple[Contradiction, ...]:
    """Everything in the ledger that cannot be true; empty when the books agree."""
    rows = await pool.fetch(LEDGER_AUDIT)
    return tuple(
        Contradiction(
            fault=LedgerFault(row["fault"]),
            kind=row["kind"],
            subject=row["subject"],
            sku=row["sku"],
            buyer_id=row["buyer_id"],
            counted=int(row["counted"]),
            holds_say=int(row["holds_say"]),
        )
        for row in rows
    )
