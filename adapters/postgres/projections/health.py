"""How a projection is doing, for health pages and alerts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.postgres.projections import parking
from adapters.postgres.projections.batch import resume
from adapters.postgres.projections.orders import ORDERS_PROJECTION
from adapters.postgres.projections.registry import PROJECTIONS
from domain.ports.projections import ProjectionHealth

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

_CHECKPOINT = "SELECT position, owner FROM projection_checkpoints WHERE name = $1"
_OLDEST = """
SELECT clock_timestamp() - recorded_at FROM order_events WHERE position > $1 ORDER BY position LIMIT 1
"""


async def projection_health(pool: Pool, name: str = ORDERS_PROJECTION.name) -> ProjectionHealth:
    """Position, owner, parked streams (at most 1,000), and the age of the oldest unprocessed event."""
    async with pool.acquire() as session:
        row = await session.fetchrow(_CHECKPOINT, name)
        position, owner = (row["position"], row["owner"]) if row else (0, None)
        age: timedelta = await session.fetchval(_OLDEST, position) or timedelta()
        # An event of a transaction that has just begun may be "younger" than now.
        return ProjectionHealth(
            name, position, max(age, timedelta()), owner, await parking.all_parked(session, name)
        )


class PostgresProjections:
    """`domain.ports.read_models.Projections` over the checkpoints and what is parked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def health(self) -> tuple[ProjectionHealth, ...]:
        """See the port."""
        return tuple([await projection_health(self._pool, name) for name in PROJECTIONS])

    async def resume(self, name: str, stream_id: str | None = None) -> tuple[str, ...]:
        """See the port."""
        return await resume(self._pool, name, stream_id)
