"""The audit trail on PostgreSQL: each answer is one look-up in one index over the events themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.events import COLUMNS, stored_event
from domain.events import is_order_stream
from domain.history.auditing import entry_of
from domain.ports.audit import AuditEntry, AuditSubject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.pool import Pool

_FROM: Final = f"SELECT {COLUMNS} FROM order_events"  # noqa: S608 - constants only
# The index finds the proposals that speak of the SKU; what became of each stands in its stream. OFFSET 0 has
# each found by its index: else the server may go through all positions until it has seen enough.
_FOUND: Final = {
    AuditSubject.ORDER: f"{_FROM} WHERE order_id = $3 OFFSET 0",
    AuditSubject.REFUND: f"{_FROM} WHERE data ->> 'refund_key' = $3 OFFSET 0",
    AuditSubject.PRICE: f"""
        WITH speaking AS MATERIALIZED (
            SELECT DISTINCT order_id FROM order_events
            WHERE data -> 'content' @> $3::jsonb OR data -> 'content' @> $4::jsonb
        )
        SELECT told.* FROM speaking, LATERAL ({_FROM} WHERE order_id = speaking.order_id OFFSET 0) AS told
    """,  # noqa: S608 - constants only
}
QUERIES: Final = {
    subject: f"SELECT * FROM ({found}) AS found WHERE position > $1 ORDER BY position LIMIT $2"  # noqa: S608 - constants only
    for subject, found in _FOUND.items()
}


class PostgresAuditTrail:
    """`domain.ports.audit.AuditTrail` over `order_events`, as exact as the streams."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(
        self,
        subject: AuditSubject,
        id: str,  # noqa: A002 - as the port
        limit: int = 1_000,
        *,
        after: int = 0,
    ) -> Sequence[AuditEntry]:
        """See the port."""
        if subject is AuditSubject.ORDER and not is_order_stream(id):
            return ()
        rows = await self._pool.fetch(QUERIES[subject], after, limit, *values_for(subject, id))
        return tuple(entry_of(stored_event(row)) for row in rows)


def values_for(subject: AuditSubject, name: str) -> tuple[Any, ...]:
    """What the subject's query is given to find `name`."""
    if subject is AuditSubject.PRICE:
        return {"prices": {"sku": name}}, {"promotion": {"skus": [name]}}
    return (name,)
