"""Audits read models in the background, a stretch after the other, round and round. Findings are alerts."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.projections.audit import Completeness, Missing, audit_stretches, audit_whole
from adapters.postgres.projections.registry import PROJECTIONS
from adapters.postgres.projections.runner import PASSING
from domain.ports.notices import Alert, AlertLevel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.pool import Pool
    from adapters.postgres.projections.projection import Projection
    from domain.ports.notices import Notices

_LOG = logging.getLogger(__name__)
EVERY: Final = timedelta(minutes=3)
# In one run, of each projection; about a second's work.
POSITIONS: Final = 100_000
_MOST_ALERTS: Final = 20
# Of several projectors one audits: who comes soon after another has nothing to do.
_TAKE: Final = """
INSERT INTO projection_audits AS a (name, position) VALUES ($1, 0)
ON CONFLICT (name) DO UPDATE SET audited_at = clock_timestamp()
    WHERE a.audited_at < clock_timestamp() - $2::interval
RETURNING position
"""
_KEEP: Final = "UPDATE projection_audits SET position = $2, missing = $3 WHERE name = $1"
_CHECKPOINT: Final = "SELECT position FROM projection_checkpoints WHERE name = $1"


class Auditor:
    """Looks at all projections every few minutes, at `positions` of the feed in each, and begins again."""

    def __init__(
        self, pool: Pool, notices: Notices, *, every: timedelta = EVERY, positions: int = POSITIONS
    ) -> None:
        self._pool = pool
        self._notices = notices
        self._every = every
        self._positions = positions

    async def run(self) -> None:
        """Audit until cancelled. Trouble with the server is waited out."""
        while True:
            await asyncio.sleep(self._every.total_seconds())
            await self.look()

    async def look(self) -> tuple[Completeness, ...]:
        """One run over all projections; what was compared by this process and found.

        One that cannot be compared now, since the server is slow or away, keeps no other from it.
        """
        looks = [await self._try(projection) for projection in PROJECTIONS.values()]
        return tuple(found for found in looks if found is not None)

    async def _try(self, projection: Projection[Any]) -> Completeness | None:
        try:
            return await self._look_at(projection)
        except PASSING as error:
            _LOG.warning("audit of %s: %r; trying again later", projection.name, error)
            return None

    async def _look_at(self, projection: Projection[Any]) -> Completeness | None:
        since = await self._pool.fetchval(_TAKE, projection.name, self._every / 2)
        if since is None:
            return None
        until: int = await self._pool.fetchval(_CHECKPOINT, projection.name) or 0
        found = await audit_stretches(self._pool, projection, since, min(until, since + self._positions))
        missing = found.missing
        reached = found.reached or since
        if reached >= until:  # a whole round is done
            missing += tuple(await audit_whole(self._pool, projection))
            reached = 0
        await self._pool.execute(_KEEP, projection.name, reached, len(missing))
        await self._alert(missing)
        return Completeness(projection.name, found.stretches, missing)

    async def _alert(self, missing: Iterable[Missing]) -> None:
        for number, found in enumerate(missing):
            _LOG.error("projection %s is not complete: %s", found.projection, found)
            if number < _MOST_ALERTS:
                facts = (("projection", found.projection), ("table", found.table), ("found", str(found)))
                key = f"incomplete:{found.projection}:{found}"[:200]
                alert = Alert(key, AlertLevel.HIGH, "projection_incomplete", found.stream_id, facts)
                await self._notices.raise_alert(alert)
