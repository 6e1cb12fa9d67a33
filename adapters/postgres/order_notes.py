"""Notes on orders on PostgreSQL. Rows are never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ports.order_notes import OrderNote

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

_ADD = """
INSERT INTO order_notes (id, order_id, text, written_by, merchant_id, written_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING
"""
_OF_ORDER = """
SELECT id, order_id, text, written_by, merchant_id, written_at FROM order_notes
WHERE order_id = $1
  AND ($2::text IS NULL OR merchant_id = $2)
  AND ($3::text IS NULL OR number < (SELECT number FROM order_notes WHERE id = $3 AND order_id = $1))
ORDER BY number DESC LIMIT $4
"""


class PostgresOrderNotes:
    """`domain.ports.order_notes.OrderNotes` over `order_notes`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, note: OrderNote) -> None:
        """See the port."""
        values = (note.id, note.order_id, note.text, note.by, note.merchant_id, note.written_at)
        await self._pool.execute(_ADD, *values)

    async def of_order(
        self, order_id: str, *, merchant_id: str | None = None, before: str | None = None, limit: int
    ) -> tuple[OrderNote, ...]:
        """See the port."""
        rows = await self._pool.fetch(_OF_ORDER, order_id, merchant_id, before, limit)
        return tuple(
            OrderNote(
                id=row["id"],
                order_id=row["order_id"],
                text=row["text"],
                by=row["written_by"],
                merchant_id=row["merchant_id"],
                written_at=row["written_at"],
            )
            for row in rows
        )
