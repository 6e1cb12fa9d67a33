"""Whether books agree and messages move, in an operator's words. It repairs nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from ops.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from adapters.postgres.pool import Pool
    from adapters.postgres.settlement_audit import SettlementContradiction
    from adapters.postgres.stock_audit import Contradiction

_Wrong = TypeVar("_Wrong")
MOST_SHOWN = 20


class BooksUnreadError(OperatorError):
    """The books could not be compared; the text says why."""


def wrong_entries(database_url: str) -> list[str]:
    """Every count that contradicts the holds, a line each, the first 20; empty when the books agree.

    It runs an event loop of its own, so call it outside of any. Raises `BooksUnreadError` when the database
    cannot be read, or has no books yet.
    """
    from adapters.postgres.stock_audit import contradictions

    return _told(database_url, contradictions, entry_line)


def wrong_settlements(database_url: str) -> list[str]:
    """Every settlement that does not add up to what its buyer paid; otherwise as `wrong_entries`."""
    from adapters.postgres.settlement_audit import settlement_contradictions

    return _told(database_url, settlement_contradictions, settlement_line)


def standing_messages(database_url: str) -> list[str]:
    """Streams that cannot be published and messages that nobody could take; otherwise as `wrong_entries`."""
    from adapters.postgres.standing_messages import standing

    return _told(database_url, standing, str)


def unreadable_keys(database_url: str, masters: Collection[str]) -> list[str]:
    """Master keys that are none of these, and have buyers' keys behind them; otherwise as `wrong_entries`."""
    from adapters.postgres.buyer_keys import behind_others

    async def audit(pool: Pool) -> Sequence[tuple[str, int]]:
        return await behind_others(pool, masters)

    return _told(database_url, audit, lambda found: f"{found[1]} keys are behind master key {found[0]}")


def _told(
    database_url: str,
    audit: Callable[[Pool], Awaitable[Sequence[_Wrong]]],
    line: Callable[[_Wrong], str],
) -> list[str]:
    import asyncpg

    try:
        found = asyncio.run(_asked(database_url, audit))
    except asyncpg.UndefinedTableError:
        raise BooksUnreadError("not compared: the database has no books yet") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # Its text may have the address, and that a password.
        raise BooksUnreadError(
            f"not compared: the database cannot be read ({type(error).__name__})"
        ) from None
    more = len(found) - MOST_SHOWN
    return [*map(line, found[:MOST_SHOWN]), *([f"and {more} more"] if more > 0 else [])]


async def _asked(database_url: str, audit: Callable[[Pool], Awaitable[Sequence[_Wrong]]]) -> Sequence[_Wrong]:
    from adapters.postgres.pool import open_pool

    pool = await open_pool(database_url, application="orderkeep-doctor", largest=1)
    try:
        return await audit(pool)
    finally:
        await pool.close()


def entry_line(wrong: Contradiction) -> str:
    """One wrong count in a line."""
    names = (wrong.kind, wrong.subject, wrong.sku, wrong.buyer_id)
    where = " ".join(name for name in names if name)
    return f"{wrong.fault}: {where}: counted {wrong.counted}, holds say {wrong.holds_say}"


def settlement_line(wrong: SettlementContradiction) -> str:
    """One settlement that does not add up, in a line."""
    return f"{wrong.fault}: {wrong.subject}: says {wrong.told}, the other side {wrong.found}"
