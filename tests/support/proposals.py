"""Proposals in any state, built step by step, and what they propose."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from domain.catalogue.items import BasePrice
from domain.events import EventMetadata
from domain.ports.proposals import Command, Proposals
from domain.review import decide, take_effect
from domain.review.content import Content, NewPrices, NewPromotion
from domain.review.draft import Window, draft_proposal, edit_proposal, new_promotion
from domain.review.events import ProposalEvent
from domain.review.proposal import PriceProposal, drafted, fold
from tests.support.builders import NOON, cny

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WINDOW = Window(NOON + DAY, NOON + 2 * DAY)
WRITER, REVIEWER = "ann", "bob"


def some_prices(discount: int = 800, sku: str = "mug", window: Window = WINDOW) -> Content:
    """A mug at 8.00 CNY, from tomorrow noon for a day."""
    prices = (BasePrice(cny(1_200), cny(discount)),)
    return Content(window.starts_at, window.ends_at, prices=NewPrices(sku, prices))


def terms(
    kind: str = "daily_price", skus: tuple[str, ...] | None = ("mug",), **changes: Any
) -> dict[str, Any]:
    """A promotion's document without what a proposal says itself."""
    priced: dict[str, Any] = {"prices": dict.fromkeys(skus or ("mug",), 700)}
    document = {"name": "Holiday", "kind": kind, "terms": priced, "currency": "CNY", "funder": "merchant"}
    return {**document, "skus": None if skus is None else list(skus), **changes}


def a_promotion(
    proposal_id: str = "prp_1",
    merchant_id: str | None = "shop-7",
    window: Window = WINDOW,
    quotas: dict[str, int] | None = None,
    **changes: Any,
) -> Content:
    """A daily price of 7.00 CNY for a mug, from tomorrow noon for a day."""
    new = new_promotion(proposal_id, merchant_id, terms(**changes), quotas or {}, window)
    return promoted(new, window)


def promoted(new: NewPromotion, window: Window = WINDOW) -> Content:
    return Content(window.starts_at, window.ends_at, promotion=new)


class ProposalStory:
    """A proposal and the events behind it; each step is an hour after the one before unless told."""

    def __init__(self, proposal_id: str, merchant_id: str | None, content: Content, at: datetime) -> None:
        event = draft_proposal(proposal_id, merchant_id, content, "please", by=WRITER, at=at)
        self.proposal: PriceProposal = drafted(event)
        self.events: list[ProposalEvent] = [event]

    def then(self, event: ProposalEvent) -> Self:
        self.proposal = self.proposal.apply(event)
        self.events.append(event)
        return self

    def edited(self, content: Content, by: str = WRITER) -> Self:
        return self.then(edit_proposal(self.proposal, content, "better", by=by, at=self._next()))

    def submitted(self, by: str = WRITER) -> Self:
        return self.then(decide.submit(self.proposal, by, self._next()))

    def withdrawn(self) -> Self:
        return self.then(decide.withdraw(self.proposal, WRITER, "no longer", self._next()))

    def approved(self, by: str = REVIEWER) -> Self:
        return self.then(decide.approve(self.proposal, by, "fine", self._next()))

    def rejected(self) -> Self:
        return self.then(decide.reject(self.proposal, REVIEWER, "below cost", self._next()))

    def brought_forward(self) -> Self:
        return self.then(take_effect.bring_forward(self.proposal, REVIEWER, self._next()))

    def activated(self, at: datetime | None = None) -> Self:
        return self.then(take_effect.activate(self.proposal, "system", at or self.proposal.starts_at))

    def expired(self) -> Self:
        assert self.proposal.content.ends_at is not None
        return self.then(take_effect.expire(self.proposal, "system", self.proposal.content.ends_at))

    def _next(self) -> datetime:
        return self.proposal.updated_at + HOUR


def a_proposal(
    content: Content | None = None,
    proposal_id: str = "prp_1",
    merchant_id: str | None = "shop-7",
    at: datetime = NOON,
) -> ProposalStory:
    """A draft of shop-7 at noon: a mug at 8.00 CNY, from tomorrow noon for a day."""
    return ProposalStory(proposal_id, merchant_id, content or some_prices(), at)


def a_command(key: str, actor: str = WRITER) -> Command:
    return Command(key, EventMetadata(correlation_id="req_1", actor=actor))


async def keep(proposals: Proposals, story: ProposalStory) -> PriceProposal:
    """Save a story event by event, as it would have come."""
    for number, event in enumerate(story.events):
        state = fold(story.events[: number + 1])
        await proposals.save(state, number, [event], a_command(f"{state.id}:{number}"))
    return story.proposal
