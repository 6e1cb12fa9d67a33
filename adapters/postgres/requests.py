"""The request log on PostgreSQL: first answers by scope and key, claimed in one statement."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from domain.ports.intake import IdempotencyKeyReusedError, RequestStillRunningError, StoredAnswer

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.pool import Pool

# Longer than any request may run, so that only a crashed holder loses its key.
REQUEST_LOCK = timedelta(seconds=60)
# The claim is this call's own random mark: whoever finds it in the row afterwards holds the key. Comparing
# times instead would let two calls of the same microsecond both believe that they do.
_BEGIN = """
INSERT INTO request_log AS r (scope, key, digest, begun_at, locked_until, claim)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (scope, key) DO UPDATE SET (locked_until, claim) = (
    SELECT CASE WHEN free THEN excluded.locked_until ELSE r.locked_until END,
           CASE WHEN free THEN excluded.claim ELSE r.claim END
    FROM (SELECT r.digest = excluded.digest AND r.answer_status IS NULL
                 AND r.locked_until <= $4 AS free) AS f)
RETURNING digest, answer_status, answer_body, claim = $6 AS is_ours
"""
_KEEP = """
UPDATE request_log SET answer_status = $3, answer_body = $4
WHERE scope = $1 AND key = $2 AND answer_status IS NULL
"""
_GIVE_BACK = "DELETE FROM request_log WHERE scope = $1 AND key = $2 AND answer_status IS NULL"
# Passes over what somebody is just claiming. Materialised, or the limit could be taken for each row anew.
_PURGE = """
WITH old AS MATERIALIZED (
    SELECT scope, key FROM request_log WHERE locked_until < $1
    ORDER BY locked_until LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM request_log r USING old WHERE r.scope = old.scope AND r.key = old.key RETURNING 1
)
SELECT count(*) FROM gone
"""


class PostgresRequestLog:
    """`domain.ports.intake.RequestLog` over `request_log`; a vanished holder loses the key after `lock`."""

    def __init__(self, pool: Pool, lock: timedelta = REQUEST_LOCK) -> None:
        self._pool = pool
        self._lock = lock

    async def begin(self, scope: str, key: str, digest: str, now: datetime) -> StoredAnswer | None:
        """See the port."""
        row = await self._pool.fetchrow(_BEGIN, scope, key, digest, now, now + self._lock, uuid4().hex)
        assert row is not None  # inserted or updated, never neither
        if row["digest"] != digest:
            raise IdempotencyKeyReusedError(key=key)
        if row["answer_status"] is not None:
            return StoredAnswer(row["answer_status"], row["answer_body"])
        if not row["is_ours"]:
            raise RequestStillRunningError(key=key)
        return None

    async def finish(self, scope: str, key: str, answer: StoredAnswer | None) -> None:
        """See the port; an answer that was kept stays."""
        if answer is None:
            await self._pool.execute(_GIVE_BACK, scope, key)
        else:
            await self._pool.execute(_KEEP, scope, key, answer.status, answer.body)

    async def purge(self, before: datetime, limit: int) -> int:
        """See the port. Any number may purge at once."""
        gone: int = await self._pool.fetchval(_PURGE, before, limit)
        return gone
