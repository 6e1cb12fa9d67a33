"""Whether settlements agree with what buyers paid, over everything that is stored. It repairs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool


class SettlementFault(StrEnum):
    """How settlements can contradict: `divided`: what the parties get is not what the buyer paid or got back;
    `charged`: a sale is not the order's total; `stated`: a statement's sums are not those of its entries.
    """

    DIVIDED = "divided"
    CHARGED = "charged"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class SettlementContradiction:
    """What is wrong where: the movement `subject` or statement says `told`, the other side `found`."""

    fault: SettlementFault
    subject: str
    told: int
    found: int


# One statement sees one moment. An empty answer proves it of every order: what the buyer paid is what its
# merchants, the platform and the channel get.
SETTLEMENT_AUDIT: Final = """
WITH shared AS (
    SELECT order_id, key, sum(goods + commission + delivery + charges + reductions)::bigint AS shares
    FROM settlement_entries GROUP BY order_id, key
),
stated AS (
    SELECT statement_id, count(*) AS entries,
        sum(goods + commission + delivery + charges + reductions)::bigint AS amount
    FROM settlement_entries WHERE statement_id IS NOT NULL GROUP BY statement_id
)
SELECT 'divided' AS fault, order_id || ' ' || key AS subject, m.buyer AS told, coalesce(s.shares, 0) AS found
FROM settlement_movements m LEFT JOIN shared s USING (order_id, key)
WHERE m.buyer <> coalesce(s.shares, 0)
UNION ALL
SELECT 'charged', m.order_id, m.buyer, o.total
FROM settlement_movements m JOIN order_summary o ON o.id = m.order_id
WHERE m.kind = 'sale' AND m.buyer <> o.total
UNION ALL
SELECT 'stated', s.id, s.goods + s.commission + s.delivery + s.charges + s.reductions, coalesce(e.amount, 0)
FROM statements s LEFT JOIN stated e ON e.statement_id = s.id
WHERE (s.entries, s.goods + s.commission + s.delivery + s.charges + s.reductions)
    IS DISTINCT FROM (e.entries, e.amount)
ORDER BY 1, 2
"""


async def settlement_contradictions(pool: Pool) -> tuple[SettlementContradiction, ...]:
    """Everything in settlements that cannot be true; empty when they are exact."""
    rows = await pool.fetch(SETTLEMENT_AUDIT)
    return tuple(
        SettlementContradiction(SettlementFault(row["fault"]), row["subject"], row["told"], row["found"])
        for row in rows
    )
