"""Puts what was approved into the price book, and takes it out at its end. Both may be repeated."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from domain.ports.catalogue import Author, Catalogue, PromotionNotFoundError, TimedPrices
from domain.review.content import NewPrices, NewPromotion
from domain.review.draft import promotion_id_of
from domain.review.proposal import PriceProposal
from domain.review.status import ProposalStatus
from domain.review.take_effect import promotion_of


@dataclass(frozen=True, slots=True)
class PriceBookWriter:
    """Writes in the name of whoever approved, and names the proposal as the reason."""

    catalogue: Catalogue

    async def put(self, proposal: PriceProposal, starts_at: datetime, now: datetime) -> datetime:
        """Have it hold from `starts_at`; the moment that it really holds from when it was put before."""
        content = proposal.content
        if content.promotion is not None:
            return await self._put_promotion(proposal, content.promotion, starts_at, now)
        assert content.prices is not None  # one of the two, by construction
        await self._put_prices(proposal, content.prices, starts_at)
        return starts_at

    async def end(self, proposal: PriceProposal) -> None:
        """Prices end by themselves; a promotion that somebody has prolonged ends as it was approved."""
        ends_at = proposal.content.ends_at
        if proposal.content.promotion is not None and ends_at is not None:
            with suppress(PromotionNotFoundError):  # it never came into force
                await self.catalogue.end_promotion(promotion_id_of(proposal.id), ends_at, _author(proposal))

    async def _put_prices(self, proposal: PriceProposal, new: NewPrices, starts_at: datetime) -> None:
        timed = TimedPrices(new.sku, new.prices, starts_at, proposal.content.ends_at)
        await self.catalogue.put_prices(timed, _author(proposal))

    async def _put_promotion(
        self, proposal: PriceProposal, new: NewPromotion, starts_at: datetime, now: datetime
    ) -> datetime:
        # Once it has begun units are sold, and putting it again would set its quotas back.
        known = await self.catalogue.promotion(promotion_id_of(proposal.id))
        if known is not None and known.starts_at <= now:
            return known.starts_at
        await self.catalogue.put_promotion(promotion_of(new, starts_at), new.quotas, _author(proposal))
        return starts_at


def _author(proposal: PriceProposal) -> Author:
    approved = proposal.step(ProposalStatus.APPROVED)
    return Author(approved.by if approved else "system", proposal.id)
