"""Proposals on PostgreSQL: the event store's own append, and one row each in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_, select

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.queries import compiled
from adapters.postgres.tables.proposals import price_proposals
from domain.ports.projections import check_limit
from domain.ports.proposals import ProposalCursor, ProposalPage, stream_of
from domain.review.encoding import encode, proposal_document, proposal_from
from domain.review.errors import PromotionTypeExistsError
from domain.review.status import AWAITING_TIME, CLAIMING, ProposalStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from adapters.postgres.pool import Pool, Session
    from domain.events import StoredEvent
    from domain.ports.events import Appended, EncodeBody
    from domain.ports.proposals import Command, ProposalFilter
    from domain.review.events import ProposalEvent
    from domain.review.proposal import PriceProposal

_columns = price_proposals.c
# One at a time for each merchant and kind, so that two who look for rivals cannot overlook each other. Taken
# before the append, because whoever appends holds up the feed.
_ALONE = "SELECT pg_advisory_xact_lock(20308, hashtext($1))"
_PUT = """
INSERT INTO price_proposals (id, version, merchant_id, status, subject, kind, skus, starts_at, ends_at,
                             created_at, updated_at, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, status = excluded.status, subject = excluded.subject, kind = excluded.kind,
    skus = excluded.skus, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
    updated_at = excluded.updated_at, state = excluded.state
"""
_RIVAL = """
SELECT id FROM price_proposals
WHERE kind = $1 AND merchant_id IS NOT DISTINCT FROM $2 AND id <> $3 AND status = ANY($4::text[])
  AND starts_at < $6 AND ends_at > $5 AND (skus IS NULL OR $7::text[] IS NULL OR skus && $7::text[])
ORDER BY id LIMIT 1
"""
_GET: Final = "SELECT state FROM price_proposals WHERE id = $1"
_DUE: Final = """
SELECT state FROM price_proposals
WHERE status = ANY($1::text[]) AND (status = $2 AND starts_at <= $3 OR ends_at <= $4)
ORDER BY starts_at, id LIMIT $5
"""


class PostgresProposals:
    """`domain.ports.proposals.Proposals` over the event store and `price_proposals`.

    `encode_body` makes each event's protobuf; `appended` is called after every commit that wrote events.
    """

    def __init__(
        self,
        pool: Pool,
        encode_body: EncodeBody | None = None,
        *,
        appended: Callable[[], None] | None = None,
    ) -> None:
        self._pool = pool
        self._encode_body = encode_body
        self._appended = appended

    async def save(
        self,
        proposal: PriceProposal,
        expected_version: int,
        events: Sequence[ProposalEvent],
        command: Command,
    ) -> Appended:
        """See the port."""
        async with self._pool.acquire() as session, session.transaction():
            if _claims(proposal):
                await session.execute(_ALONE, _kept_alone(proposal))
            appended = await PostgresEventStore(session, self._encode_body).append(
                stream_of(proposal.id),
                expected_version,
                command.key,
                [encode(event) for event in events],
                command.metadata,
            )
            if not appended.repeated:
                await _check_rivals(session, proposal)
                await session.execute(_PUT, *_row(proposal))
        if self._appended and not appended.repeated:
            self._appended()
        return appended

    async def get(self, proposal_id: str) -> PriceProposal | None:
        """See the port."""
        state: dict[str, Any] | None = await self._pool.fetchval(_GET, proposal_id)
        return proposal_from(state) if state else None

    async def events(self, proposal_id: str, *, after: int = 0, limit: int = 1_000) -> Sequence[StoredEvent]:
        """See the port."""
        return await PostgresEventStore(self._pool).read(stream_of(proposal_id), after=after, limit=limit)

    async def list(
        self, narrowed: ProposalFilter, cursor: ProposalCursor | None = None, limit: int = 20
    ) -> ProposalPage:
        """See the port."""
        check_limit(limit)
        page = select(_columns.state).where(*_conditions(narrowed, cursor))
        query = compiled(page.order_by(_columns.created_at.desc(), _columns.id).limit(limit + 1))
        rows = await self._pool.fetch(query.text, *query.values)
        found = tuple(proposal_from(row["state"]) for row in rows[:limit])
        more = len(rows) > limit
        return ProposalPage(found, ProposalCursor(found[-1].created_at, found[-1].id) if more else None)

    async def due(self, starts_by: datetime, now: datetime, limit: int) -> Sequence[PriceProposal]:
        """See the port."""
        rows = await self._pool.fetch(
            _DUE, list(AWAITING_TIME), ProposalStatus.APPROVED, starts_by, now, limit
        )
        return tuple(proposal_from(row["state"]) for row in rows)


def _claims(proposal: PriceProposal) -> bool:
    return proposal.content.promotion is not None and proposal.status in CLAIMING


def _kept_alone(proposal: PriceProposal) -> str:
    assert proposal.content.promotion is not None
    return f"{proposal.content.promotion.kind} {proposal.merchant_id or ''}"


async def _check_rivals(session: Session, proposal: PriceProposal) -> None:
    new = proposal.content.promotion
    if new is None or not _claims(proposal):
        return
    rival = await session.fetchval(
        _RIVAL,
        new.kind,
        proposal.merchant_id,
        proposal.id,
        list(CLAIMING),
        proposal.starts_at,
        proposal.content.ends_at,
        None if new.skus is None else sorted(new.skus),
    )
    if rival is not None:
        raise PromotionTypeExistsError(kind=new.kind, proposal_id=rival)


def _row(proposal: PriceProposal) -> tuple[Any, ...]:
    content = proposal.content
    prices, promotion = content.prices, content.promotion
    skus = frozenset({prices.sku}) if prices else promotion.skus if promotion else None
    return (
        proposal.id,
        proposal.version,
        proposal.merchant_id,
        proposal.status,
        content.subject,
        promotion.kind if promotion else "",
        None if skus is None else sorted(skus),
        proposal.starts_at,
        content.ends_at,
        proposal.created_at,
        proposal.updated_at,
        proposal_document(proposal),
    )


def _conditions(narrowed: ProposalFilter, cursor: ProposalCursor | None) -> Iterator[ColumnElement[bool]]:
    if narrowed.status is not None:
        yield _columns.status == narrowed.status.value
    if narrowed.merchant_id is not None:
        yield _columns.merchant_id == narrowed.merchant_id
    if cursor is not None:
        # The first half lets the index start at the cursor; the second leaves out ties already seen.
        at = _columns.created_at
        yield and_(at <= cursor.created_at, or_(at < cursor.created_at, _columns.id > cursor.id))
