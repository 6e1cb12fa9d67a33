"""Holds goods and promotion quota for a cart (requirements B32, B33). Counting is the stock ledger's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.shortages import refusal_of
from domain.catalogue.buyers import Buyer
from domain.errors import DomainError, InvalidValueError
from domain.ports.catalogue import Catalogue, PromotionNotFoundError
from domain.ports.clock import Clock, Ids
from domain.ports.prices import Wallets
from domain.ports.stock import Hold, HoldNotFoundError, HoldRequest, StockLedger
from domain.pricing.claims import claims_for, of_promotion
from domain.pricing.eligibility import is_for
from domain.pricing.promotion import Promotion, Shopper
from domain.stock.allowance import OF_PROMOTIONS, Claim
from domain.stock.hold import HoldKind, HoldStatus, StockLine

# Nothing is held any more, so there is nothing to refuse.
_GIVEN_BACK = frozenset({HoldStatus.RELEASED, HoldStatus.EXPIRED})


class PromotionNotStartedError(DomainError):
    """The promotion begins later."""

    code = "promotion_not_started"


class PromotionEndedError(DomainError):
    """The promotion is over."""

    code = "promotion_ended"


class PromotionNotForItemError(DomainError):
    """The promotion does not cover this SKU."""

    code = "promotion_not_for_item"


class PromotionNotForBuyerError(DomainError):
    """The buyer is in none of the promotion's segments, or does not meet its condition."""

    code = "promotion_not_for_buyer"


class HoldNotActiveError(DomainError):
    """The hold became an order's."""

    code = "hold_not_active"


@dataclass(frozen=True, slots=True)
class WantedLine:
    """How many of what, by which promotion."""

    sku: str
    quantity: int
    promotion_id: str | None = None


@dataclass(frozen=True, slots=True)
class HoldWish:
    """What a buyer wants held, and for how long. Each SKU stands on one line."""

    buyer_id: str
    lines: tuple[WantedLine, ...]
    time: timedelta
    region: str = ""
    payment_method: str = ""

    def __post_init__(self) -> None:
        if len({line.sku for line in self.lines}) != len(self.lines):
            raise InvalidValueError(field="lines", rule="each sku once")


class HoldDesk:
    """Takes, shows and gives back holds of carts. An order's own hold is nobody's to see here."""

    def __init__(
        self,
        *,
        stock: StockLedger,
        catalogue: Catalogue,
        wallets: Wallets,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._stock = stock
        self._catalogue = catalogue
        self._wallets = wallets
        self._clock = clock
        self._ids = ids

    async def take(self, wish: HoldWish) -> Hold:
        """Hold all of it or nothing.

        Raises `PromotionNotFoundError`, `PromotionNotStartedError`, `PromotionEndedError`,
        `PromotionNotForItemError`, `PromotionNotForBuyerError`, and what `api.shortages` has for what is
        short.
        """
        now = self._clock.now()
        promotions = await self._promotions(wish, now)
        claims = tuple(_claims(wish, promotions))
        lines = tuple(StockLine(line.sku, line.quantity) for line in wish.lines)
        hold_id, until = self._ids.new("hold"), now + wish.time
        request = HoldRequest(hold_id, lines, until, wish.buyer_id, HoldKind.CART, claims)
        taken = await self._stock.take(request)
        if taken.refused:
            raise refusal_of(taken.shortages)
        return Hold(hold_id, HoldKind.CART, wish.buyer_id, HoldStatus.ACTIVE, lines, claims, until)

    async def find(self, hold_id: str) -> Hold:
        """A cart's hold. Raises `HoldNotFoundError`."""
        hold = await self._stock.find(hold_id)
        if hold is None or hold.kind is not HoldKind.CART:
            raise HoldNotFoundError
        return hold

    async def give_back(self, hold_id: str) -> None:
        """Release a cart's hold; again: nothing. Raises `HoldNotFoundError`, `HoldNotActiveError`."""
        await self.find(hold_id)
        status = await self._stock.release_holds(hold_id)
        if status not in _GIVEN_BACK:
            raise HoldNotActiveError

    async def _promotions(self, wish: HoldWish, now: datetime) -> Mapping[str, Promotion]:
        wanted = {line.promotion_id for line in wish.lines if line.promotion_id is not None}
        found = {promotion_id: await self._active(promotion_id, now) for promotion_id in sorted(wanted)}
        if not found:
            return found
        buyer = await self._buyer(wish.buyer_id, found)
        shopper = Shopper(buyer, wish.region, wish.payment_method, now)
        merchants = await self._catalogue.owners([line.sku for line in wish.lines])
        for line in wish.lines:
            if line.promotion_id is not None:
                _check(found[line.promotion_id], line, merchants.get(line.sku), shopper)
        return found

    async def _active(self, promotion_id: str, now: datetime) -> Promotion:
        promotion = await self._catalogue.promotion(promotion_id)
        if promotion is None:
            raise PromotionNotFoundError(promotion_id=promotion_id)
        if now < promotion.starts_at:
            raise PromotionNotStartedError(promotion_id=promotion_id, starts_at=promotion.starts_at)
        if now >= promotion.ends_at:
            raise PromotionEndedError(promotion_id=promotion_id, ends_at=promotion.ends_at)
        return promotion

    async def _buyer(self, buyer_id: str, promotions: Mapping[str, Promotion]) -> Buyer | None:
        currency = next(iter(promotions.values())).currency
        return (await self._wallets.wallet(buyer_id, "", currency, ())).buyer


def promotion_of(hold: Hold, sku: str) -> str | None:
    """The promotion of which units of this SKU are held."""
    return next(
        (
            claim.allowance.subject
            for claim in hold.claims
            if claim.allowance.kind in OF_PROMOTIONS and claim.allowance.sku == sku
        ),
        None,
    )


def _check(promotion: Promotion, line: WantedLine, merchant_id: str | None, shopper: Shopper) -> None:
    if merchant_id is None or not promotion.covers(line.sku, merchant_id):
        raise PromotionNotForItemError(promotion_id=promotion.id, sku=line.sku)
    if not is_for(promotion, shopper):
        raise PromotionNotForBuyerError(promotion_id=promotion.id)


def _claims(wish: HoldWish, promotions: Mapping[str, Promotion]) -> Iterator[Claim]:
    for line in wish.lines:
        if line.promotion_id is not None:
            counts = of_promotion(promotions[line.promotion_id], line.sku, wish.buyer_id)
            yield from claims_for(counts, line.quantity)
