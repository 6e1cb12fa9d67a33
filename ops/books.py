"""Whether the books of goods and allowances agree, in an operator's words. It repairs nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ops.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.stock_audit import Contradiction

MOST_SHOWN = 20


class BooksUnreadError(OperatorError):
    """The books could not be compared; the text says why."""


def wrong_entries(database_url: str) -> list[str]:
    """Every count that contradicts the holds, a line each, the first 20; empty when the books agree.

    It runs an event loop of its own, so call it outside of any. Raises `BooksUnreadError` when the database
    cannot be read, or has no books yet.
    """
    import asyncpg

    try:
        found = asyncio.run(_contradictions(database_url))
    except asyncpg.UndefinedTableError:
        raise BooksUnreadError("not compared: the database has no books yet") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # Its text may have the address, and that a password.
        raise BooksUnreadError(
            f"not compared: the database cannot be read ({type(error).__name__})"
        ) from None
    more = len(found) - MOST_SHOWN
    return [*map(_line, found[:MOST_SHOWN]), *([f"and {more} more"] if more > 0 else [])]


async def _contradictions(database_url: str) -> Sequence[Contradiction]:
    from adapters.postgres.pool import open_pool
    from adapters.postgres.stock_audit import contradictions

    pool = await open_pool(database_url, application="orderkeep-doctor", largest=1)
    try:
        return await contradictions(pool)
    finally:
        await pool.close()


def _line(wrong: Contradiction) -> str:
    names = (wrong.kind, wrong.subject, wrong.sku, wrong.buyer_id)
    where = " ".join(name for name in names if name)
    return f"{wrong.fault}: {where}: counted {wrong.counted}, holds say {wrong.holds_say}"
