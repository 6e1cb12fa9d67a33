"""Buyers' keys on PostgreSQL. A destroyed one is overwritten; the table refuses to bring it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ports.buyer_keys import BuyerKey

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import asyncpg

    from adapters.postgres.pool import Pool

_COLUMNS = "key_id, buyer_id, wrapped, wrapped_by"
# Writes only when there is no key yet; of two at once the second sees nothing, and asks again.
_GET_OR_ADD = f"""
WITH known AS (SELECT {_COLUMNS} FROM buyer_keys WHERE buyer_id = $2),
added AS (
    INSERT INTO buyer_keys ({_COLUMNS}) SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT (buyer_id) DO NOTHING RETURNING {_COLUMNS}
)
SELECT * FROM known UNION ALL SELECT * FROM added
"""  # noqa: S608 - constants only
_GET = f"SELECT {_COLUMNS} FROM buyer_keys WHERE key_id = $1"  # noqa: S608 - constants only
_DESTROY = """
INSERT INTO buyer_keys AS k (key_id, buyer_id, wrapped, wrapped_by, erased_by, erased_at)
VALUES ($1, $2, '', '', $3, $4)
ON CONFLICT (buyer_id) DO UPDATE SET wrapped = '', wrapped_by = '', erased_by = $3, erased_at = $4
WHERE k.erased_at IS NULL
RETURNING true
"""
_IS_DESTROYED = "SELECT erased_at IS NOT NULL FROM buyer_keys WHERE buyer_id = $1"
_BY_OTHERS = f"""
SELECT {_COLUMNS} FROM buyer_keys WHERE erased_at IS NULL AND wrapped_by <> $1 ORDER BY key_id LIMIT $2
"""  # noqa: S608 - constants only
_REWRAP = """
UPDATE buyer_keys SET wrapped = $3, wrapped_by = $4
WHERE key_id = $1 AND wrapped = $2 AND erased_at IS NULL RETURNING true
"""
_BEHIND_OTHERS = """
SELECT wrapped_by, count(*) FROM buyer_keys WHERE erased_at IS NULL AND wrapped_by <> ALL ($1::text[])
GROUP BY wrapped_by ORDER BY wrapped_by
"""


class PostgresBuyerKeys:
    """`domain.ports.buyer_keys.BuyerKeys` over `buyer_keys`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get_or_add(self, fresh: BuyerKey) -> BuyerKey:
        """See the port."""
        while True:
            row = await self._pool.fetchrow(
                _GET_OR_ADD, fresh.id, fresh.buyer_id, fresh.wrapped, fresh.wrapped_by
            )
            if row is not None:
                return _key(row)

    async def get(self, key_id: str) -> BuyerKey | None:
        """See the port."""
        row = await self._pool.fetchrow(_GET, key_id)
        return _key(row) if row else None

    async def destroy(self, buyer_id: str, key_id: str, by: str, at: datetime) -> bool:
        """See the port."""
        return bool(await self._pool.fetchval(_DESTROY, key_id, buyer_id, by, at))

    async def is_destroyed(self, buyer_id: str) -> bool:
        """See the port."""
        return bool(await self._pool.fetchval(_IS_DESTROYED, buyer_id))

    async def wrapped_by_others(self, master_id: str, limit: int) -> Sequence[BuyerKey]:
        """See the port."""
        return tuple(_key(row) for row in await self._pool.fetch(_BY_OTHERS, master_id, limit))

    async def rewrap(self, known: BuyerKey, wrapped: bytes, wrapped_by: str) -> bool:
        """See the port."""
        return bool(await self._pool.fetchval(_REWRAP, known.id, known.wrapped, wrapped, wrapped_by))


async def behind_others(pool: Pool, masters: Collection[str]) -> Sequence[tuple[str, int]]:
    """Which other master keys buyers' keys are behind, each with how many those are."""
    return [(row[0], row[1]) for row in await pool.fetch(_BEHIND_OTHERS, list(masters))]


def _key(row: asyncpg.Record) -> BuyerKey:
    return BuyerKey(row["key_id"], row["buyer_id"], row["wrapped"], row["wrapped_by"])
