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
    goods) or consumed (of an allowance, such as a promotion's quota) is not what confirmed holds have sold.
    `below_zero`: more was promised than there was. `without_goods`: a hold has more units of a promotion than
    units of its goods.
    """

    HELD = "held"
    GONE = "gone"
    BELOW_ZERO = "below_zero"
    WITHOUT_GOODS = "without_goods"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One count that is wrong: `counted` is what it says, `holds_say` what it should be.

    `kind` is `goods` or an `AllowanceKind`; `subject` names the promotion, voucher or owner of points, for
    `without_goods` it is followed by the hold's reference.
    """

    fault: LedgerFault
    kind: str
    subject: str
    sku: str
    buyer_id: str
    counted: int
    holds_say: int


# One statement sees one moment, so that it may run while everybody sells. It reads every count and every hold
# that is active or confirmed. An empty answer means: the books agree, nothing was sold twice, and of each
# promotion exactly as many units were consumed as were sold under it.
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
parts AS (
    SELECT reference, 'goods' AS kind, '' AS subject, sku, '' AS buyer_id, quantity FROM hold_lines
    UNION ALL
    SELECT reference, kind, subject, sku, buyer_id, quantity FROM hold_allowances
),
promised AS (
    SELECT kind, subject, sku, buyer_id, sum(quantity * held) AS held, sum(quantity * gone) AS gone
    FROM live JOIN parts USING (reference) GROUP BY kind, subject, sku, buyer_id
)
SELECT f.fault, kind, subject, sku, buyer_id, f.counted::bigint, f.holds_say::bigint
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
            counted=row["counted"],
            holds_say=row["holds_say"],
        )
        for row in rows
    )
