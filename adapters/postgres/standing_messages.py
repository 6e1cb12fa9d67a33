"""What of our messages stands still, for people: streams not published, messages not taken. Read only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

# Of a stream that is parked only its first event: the others wait behind it.
_STANDING = """
SELECT 'publisher' AS who, stream_id || ' from version ' || version AS what, error
FROM publisher_stopped WHERE NOT resuming
UNION ALL
SELECT p.consumer, 'message ' || p.message_id, p.error FROM consumer_parked p WHERE p.stream_id = ''
UNION ALL
SELECT f.consumer, f.stream_id || ' from version ' || f.version, f.error FROM (
    SELECT DISTINCT ON (consumer, stream_id) consumer, stream_id, version, error
    FROM consumer_parked WHERE stream_id <> '' ORDER BY consumer, stream_id, version
) AS f
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands, before whom, and why."""

    who: str
    what: str
    error: str

    def __str__(self) -> str:
        return f"{self.who}: {self.what}: {self.error}"


async def standing(pool: Pool) -> tuple[Standing, ...]:
    """Everything that waits for a person, one entry for each stream."""
    return tuple(Standing(**row) for row in await pool.fetch(_STANDING))
