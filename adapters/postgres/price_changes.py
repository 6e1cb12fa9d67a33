"""One change of the price book: a transaction with its audit entries and the book's new version."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.ports.catalogue import Author, ChangeSubject, PriceChange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.pool import Pool, Session

# Writers wait here for each other, before they lock anything else; buyers' holds never come here. Moments
# grow with versions even when the server's clock is set back.
_BEGIN = """
SELECT greatest(clock_timestamp(), changed_at + interval '1 microsecond') FROM price_book_version FOR UPDATE
"""
_END = """
WITH next AS (UPDATE price_book_version SET version = version + 1, changed_at = $1)
INSERT INTO price_changes (changed_at, who, why, subject, subject_id, old, new)
SELECT $1, $2, $3, n.subject, n.subject_id, n.old, n.new
FROM unnest($4::text[], $5::text[], $6::jsonb[], $7::jsonb[]) WITH ORDINALITY
    AS n (subject, subject_id, old, new, place)
ORDER BY n.place
"""
_CHANGES = """
SELECT number, changed_at, who, why, subject, subject_id, old, new FROM price_changes
WHERE ($1::text IS NULL OR subject = $1) AND ($2::text IS NULL OR subject_id = $2)
    AND ($3::bigint IS NULL OR number < $3)
ORDER BY number DESC LIMIT $4
"""
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Entry:
    subject: ChangeSubject
    subject_id: str
    old: Document | None
    new: Document | None


@dataclass(slots=True)
class Change:
    """A change under way. Nothing is written of it when neither `log` nor `touch` was called.

    `moment` is when it happens: later than every change before it.
    """

    session: Session
    moment: datetime
    _touched: bool = False
    _entries: list[_Entry] = field(default_factory=list)

    def log(
        self, subject: ChangeSubject, subject_id: str, old: Document | None, new: Document | None
    ) -> None:
        """Something has another value now: it comes into the audit log and makes a new version."""
        self._entries.append(_Entry(subject, subject_id, old, new))

    def touch(self) -> None:
        """Something has changed that is no price, but is shown with one: it makes a new version."""
        self._touched = True

    async def end(self, author: Author) -> None:
        """Write the entries and the new version, if there is anything to write."""
        entries = self._entries
        if entries or self._touched:
            await self.session.execute(
                _END,
                self.moment,
                author.who,
                author.why,
                [entry.subject for entry in entries],
                [entry.subject_id for entry in entries],
                [entry.old for entry in entries],
                [entry.new for entry in entries],
            )


@asynccontextmanager
async def changing(pool: Pool, author: Author) -> AsyncIterator[Change]:
    """A transaction that changes the price book; whatever is raised inside undoes all of it."""
    async with pool.acquire() as session, session.transaction():
        change = Change(session, await session.fetchval(_BEGIN))
        yield change
        await change.end(author)


async def changes(
    pool: Pool, subject: ChangeSubject | None, subject_id: str | None, before: int | None, limit: int
) -> Sequence[PriceChange]:
    """The audit log, newest first."""
    rows = await pool.fetch(_CHANGES, subject, subject_id, before, limit)
    return [PriceChange(**{**row, "subject": ChangeSubject(row["subject"])}) for row in rows]
