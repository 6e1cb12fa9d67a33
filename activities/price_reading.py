"""Gathers what one calculation may use from the ports: base prices, promotions, the buyer, what is left.

It decides nothing about prices, and leaves every failure to whoever asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue.buyers import Buyer
from domain.ports.prices import BasePage, PlaceAndTime, PriceBook, Promotions, Wallet, Wallets
from domain.pricing.book import PriceBookPage
from domain.pricing.claims import counted
from domain.pricing.promotion import Promotion
from domain.pricing.request import NO_WISHES, PriceRequest, RequestedLine, Scene, Wishes
from domain.stock.allowance import Claim


@dataclass(frozen=True, slots=True)
class Sources:
    """Where base prices and promotions are read: the stores themselves, or caches in front of them."""

    book: PriceBook
    promotions: Promotions


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish for a price, in a caller's terms. Without `buyer_id` anybody may order by the snapshot."""

    scene: Scene
    currency: str
    lines: tuple[RequestedLine, ...]
    buyer_id: str | None = None
    wishes: Wishes = NO_WISHES

    @property
    def skus(self) -> frozenset[str]:
        """Each SKU once."""
        return frozenset(line.sku for line in self.lines)

    def request(self, buyer: Buyer | None) -> PriceRequest:
        """The calculator's question. Raises `InvalidValueError` outside 1..1,000 lines."""
        return PriceRequest(self.lines, self.currency, self.scene, buyer, self.wishes)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, when, and whose holds count as free: those under the references `own`.

    `segments` and `claims` are what an earlier price of the same wishes knew, so that today's reading covers
    it too.
    """

    ask: Ask
    at: datetime
    own: Collection[str] = ()
    segments: Collection[str] = ()
    claims: Collection[Claim] = ()

    @property
    def place(self) -> PlaceAndTime:
        """Where and when."""
        return PlaceAndTime(self.ask.currency, self.ask.wishes.region, self.at)


@dataclass(frozen=True, slots=True)
class Reading:
    """A page for the calculator, and its request.

    The page may have promotions for segments that only an earlier price's buyer was in: they do not apply,
    but a check must know that they have not ended.
    """

    page: PriceBookPage
    request: PriceRequest

    @property
    def promotions(self) -> Mapping[str, Promotion]:
        """Every promotion that was found, by id."""
        return {promotion.id: promotion for promotion in self.page.promotions}

    def with_draft(self, draft: Promotion) -> Reading:
        """The same with one more promotion, or with this version of it; nobody counts a draft's units."""
        others = (promotion for promotion in self.page.promotions if promotion.id != draft.id)
        promotions = (*others, replace(draft, has_quota=False))
        return replace(self, page=replace(self.page, promotions=promotions))


async def read_base(question: Question, book: PriceBook) -> BasePage:
    """Base prices and fees."""
    return await book.page(question.ask.skus, question.place)


async def read_offers(
    question: Question, base: BasePage, promotions: Promotions, wallets: Wallets
) -> Reading:
    """Complete a page of base prices with the offers that fit, in at most three queries.

    Raises what the ports raise.
    """
    ask = question.ask
    wallet = await _wallet(question, wallets)
    segments = wallet.buyer.segments if wallet.buyer else frozenset()
    asked_for = {*segments, *question.segments}
    found = await promotions.active(list(base.items.values()), question.place, asked_for)
    request = ask.request(wallet.buyer)
    wanted = {
        **{claim.allowance: claim.limit for claim in question.claims},
        **counted(request, base.items, found, wallet.voucher),
    }
    left = await wallets.left(wanted, question.own) if wanted else {}
    page = PriceBookPage(ask.currency, base.items, base.fees, found, wallet.voucher, left)
    return Reading(page, request)


def base_only(base: BasePage, ask: Ask) -> Reading:
    """A page without any offer, for a buyer who is not asked after."""
    return Reading(PriceBookPage(ask.currency, base.items, base.fees), ask.request(None))


async def _wallet(question: Question, wallets: Wallets) -> Wallet:
    ask = question.ask
    code = ask.wishes.voucher_code
    if ask.buyer_id is None and not code:
        return Wallet(None, None)
    return await wallets.wallet(ask.buyer_id, code, ask.currency, question.own)
