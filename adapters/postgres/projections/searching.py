"""Finds orders by a term, or by the terms that begin with it. Every step has a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.projections import cursors
from domain.errors import InvalidValueError
from domain.ports.projections import check_limit
from domain.ports.read_models import (
    SHORTEST_BEGINNING,
    Cursor,
    ReadPage,
    SearchHit,
    TermKind,
    search_term,
)

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

MOST_TERMS: Final = 50
_LAST_LETTER: Final = "\U0010ffff"
# From term to term by the index, however many orders one of them has.
_TERMS: Final = """
WITH RECURSIVE terms (term, number) AS (
    (SELECT term, 1 FROM order_search WHERE term >= $1 AND term < $2 ORDER BY term LIMIT 1)
    UNION ALL
    SELECT (SELECT s.term FROM order_search s WHERE s.term > t.term AND s.term < $2 ORDER BY s.term LIMIT 1),
        t.number + 1
    FROM terms t WHERE t.term IS NOT NULL AND t.number < $3
)
SELECT term FROM terms WHERE term IS NOT NULL
"""
_HITS: Final = """
WITH hits AS (
    SELECT DISTINCT found.created_at, found.order_id
    FROM unnest($1::text[]) AS wanted (term) CROSS JOIN LATERAL (
        SELECT DISTINCT s.created_at, s.order_id FROM order_search s
        WHERE s.term = wanted.term COLLATE "C"
            AND ($2::timestamptz IS NULL OR s.created_at < $2 OR s.created_at = $2 AND s.order_id > $3)
        ORDER BY s.created_at DESC, s.order_id LIMIT $4
    ) AS found
    ORDER BY found.created_at DESC, found.order_id LIMIT $4
)
SELECT h.order_id, h.created_at, array_agg(s.kind ORDER BY s.kind, s.term) AS kinds,
    array_agg(s.term ORDER BY s.kind, s.term) AS terms
FROM hits h JOIN order_search s ON s.order_id = h.order_id AND s.term = ANY($1::text[])
GROUP BY h.order_id, h.created_at ORDER BY h.created_at DESC, h.order_id
"""


async def search(
    pool: Pool, text: str, *, beginning: bool, cursor: Cursor | None, limit: int
) -> ReadPage[SearchHit]:
    """A page of orders; see `domain.ports.read_models.ReadModels.search`.

    Raises `InvalidValueError` for a text, limit or cursor that it cannot work with.
    """
    check_limit(limit)
    term = search_term(text)
    if not term.isprintable():
        raise InvalidValueError(field="q", rule="printable characters")
    if len(term) < (SHORTEST_BEGINNING if beginning else 1):
        raise InvalidValueError(field="q", rule=f"at least {SHORTEST_BEGINNING} characters before the star")
    after = cursors.read(cursor, (cursors.moment, cursors.text)) if cursor is not None else (None, "")
    terms = [term]
    if beginning:
        found = await pool.fetch(_TERMS, term, term + _LAST_LETTER, MOST_TERMS)
        terms = [row["term"] for row in found]
    rows = await pool.fetch(_HITS, terms, *after, limit + 1)
    hits = tuple(
        SearchHit(row["order_id"], row["created_at"], _found_by(row["kinds"], row["terms"])) for row in rows
    )
    if len(hits) <= limit:
        return ReadPage(hits)
    last = hits[limit - 1]
    return ReadPage(hits[:limit], (last.created_at.isoformat(), last.order_id))


def _found_by(kinds: list[str], terms: list[str]) -> tuple[tuple[TermKind, str], ...]:
    return tuple((TermKind(kind), term) for kind, term in zip(kinds, terms, strict=True))
