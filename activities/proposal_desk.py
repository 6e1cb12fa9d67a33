"""The review as use cases, one implementation for HTTP and for the clock: propose, decide, take effect.

It reads and keeps, and has the domain decide. Whom a caller may act for is decided before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from activities.placing import PriceBookWriter
from domain.events import EventMetadata
from domain.ports.catalogue import Catalogue, ItemNotFoundError
from domain.ports.events import CommandKeyReusedError, VersionConflictError
from domain.ports.intake import IdempotencyKeyReusedError
from domain.ports.proposals import Command, Proposals
from domain.review import decide, take_effect
from domain.review.content import Content, NewPrices, NewPromotion
from domain.review.draft import Window, draft_proposal, edit_proposal, new_promotion
from domain.review.encoding import decode
from domain.review.errors import ProposalChangedError, ProposalNotFoundError
from domain.review.events import ProposalActivated, ProposalDrafted, ProposalEvent, moment_of
from domain.review.proposal import PriceProposal, drafted, fold

_TRIES = 5
# The first of the two commands of an early activation.
_SOONER = ":sooner"
Decision = Callable[[PriceProposal], ProposalEvent | Awaitable[ProposalEvent]]


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, and when. `key` names the command within its stream, so that a repeat is known.

    `seen` is the version that the caller decided on, None when it does not matter.
    """

    by: str
    at: datetime
    key: str
    correlation_id: str = ""
    trace_id: str = ""
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What somebody wants to hold in `window`: prices of a SKU, or a promotion's terms with its quotas."""

    window: Window
    prices: NewPrices | None = None
    promotion: Mapping[str, Any] | None = None
    quotas: Mapping[str, int] = field(default_factory=dict)
    comment: str = ""


class ProposalDesk:
    """What people do with proposals. Each call may be repeated with its key and then finds what it did.

    All but `draft` raise `ProposalNotFoundError`, and `ProposalChangedError` when it is not as `seen`.
    """

    def __init__(self, proposals: Proposals, catalogue: Catalogue) -> None:
        self._proposals = proposals
        self._catalogue = catalogue
        self._book = PriceBookWriter(catalogue)

    async def draft(self, proposal_id: str, merchant_id: str | None, terms: Terms, act: Act) -> PriceProposal:
        """Write a proposal down. The same id and key again give what was written first.

        Raises `ItemNotFoundError`, `InvalidValueError`, `UnknownPromotionKindError`, and
        `IdempotencyKeyReusedError` when what was written first is something else.
        """
        content = await self._content(proposal_id, merchant_id, terms)
        event = draft_proposal(proposal_id, merchant_id, content, terms.comment, by=act.by, at=act.at)
        proposal = drafted(event)
        try:
            await self._proposals.save(proposal, 0, [event], _command(act))
        except (VersionConflictError, CommandKeyReusedError):
            return await self._repeated(proposal, event, act)
        return proposal

    async def edit(self, proposal_id: str, terms: Terms, act: Act) -> PriceProposal:
        """Say something else, as long as it is a draft. Raises what `draft` raises, and the refusal."""

        async def edited(proposal: PriceProposal) -> ProposalEvent:
            content = await self._content(proposal_id, proposal.merchant_id, terms)
            return edit_proposal(proposal, content, terms.comment, by=act.by, at=act.at)

        return await self._change(proposal_id, act, edited)

    async def submit(self, proposal_id: str, act: Act) -> PriceProposal:
        """Ask for review. Raises the domain's refusals and `PromotionTypeExistsError`."""
        return await self._change(proposal_id, act, lambda found: decide.submit(found, act.by, act.at))

    async def withdraw(self, proposal_id: str, reason: str, act: Act) -> PriceProposal:
        """Take it back. Raises the domain's refusals."""
        return await self._change(
            proposal_id, act, lambda found: decide.withdraw(found, act.by, reason, act.at)
        )

    async def approve(self, proposal_id: str, comment: str, act: Act) -> PriceProposal:
        """Agree. Raises the domain's refusals."""
        return await self._change(
            proposal_id, act, lambda found: decide.approve(found, act.by, comment, act.at)
        )

    async def reject(self, proposal_id: str, reason: str, act: Act) -> PriceProposal:
        """Refuse. Raises the domain's refusals."""
        return await self._change(
            proposal_id, act, lambda found: decide.reject(found, act.by, reason, act.at)
        )

    async def activate(self, proposal_id: str, act: Act) -> PriceProposal:
        """Have it hold from now on, also before its time. Raises the domain's refusals."""
        proposal = await self._current(proposal_id)
        if proposal.starts_at > act.at:
            sooner = replace(act, key=f"{act.key}{_SOONER}")
            await self._change(
                proposal_id, sooner, lambda found: take_effect.bring_forward(found, act.by, act.at)
            )
        return await self.take_effect(proposal_id, act)

    async def take_effect(self, proposal_id: str, act: Act) -> PriceProposal:
        """Put an approved one into the price book, to hold from its start; then record that it is active.

        In this order, so that a crash in between is mended by a repeat.
        """

        async def placed(proposal: PriceProposal) -> ProposalEvent:
            event = take_effect.activate(proposal, act.by, act.at)
            starts_at = await self._book.put(proposal, event.starts_at, act.at)
            return ProposalActivated(by=event.by, starts_at=starts_at, activated_at=event.activated_at)

        return await self._change(proposal_id, act, placed)

    async def expire(self, proposal_id: str, act: Act) -> PriceProposal:
        """Record that its time is over, and see to it that its promotion is. Raises when it is not."""

        async def ended(proposal: PriceProposal) -> ProposalEvent:
            event = take_effect.expire(proposal, act.by, act.at)
            await self._book.end(proposal)
            return event

        return await self._change(proposal_id, act, ended)

    async def _change(self, proposal_id: str, act: Act, decision: Decision) -> PriceProposal:
        for _ in range(_TRIES):
            stored = await self._proposals.events(proposal_id)
            if not stored:
                raise ProposalNotFoundError
            proposal = fold(decode(event) for event in stored)
            keys = {event.command_key for event in stored}
            if act.key in keys:
                return proposal
            is_begun = act.key + _SOONER in keys
            if act.seen not in {None, proposal.version} and not is_begun:
                raise ProposalChangedError(version=proposal.version)
            decided = decision(proposal)
            event = await decided if isinstance(decided, Awaitable) else decided
            changed = proposal.apply(event)
            try:
                await self._proposals.save(changed, proposal.version, [event], _command(act))
            except VersionConflictError:
                continue  # somebody was first: decide again on what they left
            return changed
        raise ProposalChangedError

    async def _repeated(self, wanted: PriceProposal, draft: ProposalDrafted, act: Act) -> PriceProposal:
        stored = [decode(event) for event in await self._proposals.events(wanted.id)]
        if not stored or replace(draft, drafted_at=moment_of(stored[0])) != stored[0]:
            raise IdempotencyKeyReusedError(key=act.key)
        return fold(stored)

    async def _current(self, proposal_id: str) -> PriceProposal:
        proposal = await self._proposals.get(proposal_id)
        if proposal is None:
            raise ProposalNotFoundError
        return proposal

    async def _content(self, proposal_id: str, merchant_id: str | None, terms: Terms) -> Content:
        window, prices, promotion = terms.window, terms.prices, None
        if terms.promotion is not None:
            promotion = new_promotion(proposal_id, merchant_id, terms.promotion, terms.quotas, window)
        content = Content(window.starts_at, window.ends_at, prices, promotion)
        await self._must_sell(merchant_id, _skus(prices, promotion))
        return content

    async def _must_sell(self, merchant_id: str | None, skus: Collection[str]) -> None:
        owners = await self._catalogue.owners(skus) if skus else {}
        strange = [sku for sku in skus if sku not in owners or merchant_id not in {None, owners[sku]}]
        if strange:
            raise ItemNotFoundError(skus=sorted(strange))


def _skus(prices: NewPrices | None, promotion: NewPromotion | None) -> frozenset[str]:
    if prices is not None:
        return frozenset({prices.sku})
    return (promotion.skus or frozenset(promotion.quotas)) if promotion is not None else frozenset()


def _command(act: Act) -> Command:
    stated = EventMetadata(correlation_id=act.correlation_id, actor=act.by, trace_id=act.trace_id)
    return Command(act.key, stated)
