"""Promotions on PostgreSQL: those in scope of some goods in one query, and their rows for whoever writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.errors import InvalidValueError
from domain.pricing.documents import promotion_document, promotion_from
from domain.pricing.promotion import UnknownPromotionKindError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from adapters.postgres.pool import Pool, Session
    from domain.ports.prices import PlaceAndTime
    from domain.pricing.book import ItemPrice
    from domain.pricing.promotion import Promotion

# By SKU and merchant apart, which may find a little too much: whether one good is in scope says the domain.
_ACTIVE = """
SELECT document FROM promotions
WHERE currency = $1 AND ends_at > $2 AND starts_at <= $2 + interval '10 minutes'
    AND (skus IS NULL OR skus && $3::text[]) AND (merchant_id IS NULL OR merchant_id = ANY ($4))
    AND (segments = '{}' OR segments && $5::text[])
ORDER BY id
"""
_GET = "SELECT document FROM promotions WHERE id = $1"
_PUT = """
INSERT INTO promotions (id, name, kind, currency, merchant_id, skus, segments, starts_at, ends_at, version,
    document)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, currency = excluded.currency,
    merchant_id = excluded.merchant_id, skus = excluded.skus, segments = excluded.segments,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, version = excluded.version,
    document = excluded.document
"""


class PostgresPromotions:
    """`domain.ports.prices.Promotions`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def active(
        self, items: Collection[ItemPrice], place: PlaceAndTime, segments: Collection[str]
    ) -> tuple[Promotion, ...]:
        """See the port."""
        skus = [item.sku for item in items]
        merchants = list({item.merchant_id for item in items})
        rows = await self._pool.fetch(_ACTIVE, place.currency, place.at, skus, merchants, list(segments))
        found = (_read(row["document"]) for row in rows)
        return tuple(p for p in found if any(p.covers(item.sku, item.merchant_id) for item in items))


def _read(document: Mapping[str, Any]) -> Promotion:
    """Whatever another release wrote that this one cannot read is a kind that it does not know."""
    try:
        return promotion_from(document)
    except InvalidValueError as error:
        raise UnknownPromotionKindError(
            promotion_id=document.get("id"), kind=document.get("kind"), **error.facts
        ) from error


async def stored_promotion(session: Session | Pool, promotion_id: str) -> Promotion | None:
    """The promotion of this id, or None."""
    document = await session.fetchval(_GET, promotion_id)
    return None if document is None else promotion_from(document)


async def store_promotion(session: Session, promotion: Promotion) -> Mapping[str, Any]:
    """Create or replace its row; gives its document."""
    document = promotion_document(promotion)
    await session.execute(
        _PUT,
        promotion.id,
        promotion.name,
        promotion.kind,
        promotion.currency,
        promotion.merchant_id,
        None if promotion.skus is None else sorted(promotion.skus),
        sorted(promotion.segments),
        promotion.starts_at,
        promotion.ends_at,
        promotion.version,
        document,
    )
    return document
