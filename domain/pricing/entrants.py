"""Which promotions may take part, and with which goods: active, for this buyer, enough of it, quota left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from domain.pricing.basket import Basket
from domain.pricing.book import PriceBookPage
from domain.pricing.calculation import Remark
from domain.pricing.claims import left_of, of_promotion
from domain.pricing.eligibility import is_for
from domain.pricing.promotion import Goods, Lane, Promotion, Shopper
from domain.stock.allowance import AllowanceKind

# A promotion that is met by quantity must meet it on each SKU; the others look at amounts.
COUNTS_UNITS = frozenset({Lane.ITEM, Lane.BUNDLE})
_NO_SKUS: frozenset[str] = frozenset()
STAGE = {lane: stage for stage, lane in enumerate(Lane)}


class Entrant:
    """A promotion that may take part. `place` is its rank by id among those of one calculation.

    `skus` are the SKUs (of the basket) that are in its scope, `groups` the goods that it is tested on
    together: each merchant's by itself in the shop lane, else all. `changes` are the SKUs that it may change
    the price of. `left` tells what remains of counted SKUs.
    """

    __slots__ = (
        "changes",
        "groups",
        "lane",
        "left",
        "place",
        "priority",
        "promotion",
        "rule",
        "skus",
        "stage",
    )

    def __init__(
        self, place: int, promotion: Promotion, basket: Basket, skus: list[int], left: Mapping[int, int]
    ) -> None:
        self.place = place
        self.promotion = promotion
        self.rule = promotion.rule
        self.lane = promotion.rule.lane
        self.stage = STAGE[self.lane]
        self.priority = promotion.priority
        self.skus = skus
        self.left = left
        self.groups = [("", skus)]
        if self.lane is Lane.SHOP:
            by_merchant: dict[str, list[int]] = {}
            for sku in skus:
                by_merchant.setdefault(basket.items[sku].merchant_id, []).append(sku)
            self.groups = list(by_merchant.items())
        self.changes = skus

    @property
    def mask(self) -> int:
        """`changes`, as `mask_of` has them; only a search asks for it."""
        return mask_of(self.changes)


def mask_of(skus: Iterable[int]) -> int:
    """SKUs as the bits of a number, so that sets of them meet quickly."""
    mask = 0
    for sku in skus:
        mask |= 1 << sku
    return mask


def entrants(basket: Basket, page: PriceBookPage, shopper: Shopper) -> tuple[list[Entrant], list[Remark]]:
    """The promotions that may take part, by id, and remarks on those that have too few units left."""
    found: list[Entrant] = []
    remarks: list[Remark] = []
    for promotion in sorted(page.promotions, key=lambda each: each.id):
        if _may_enter(promotion, basket.currency, shopper):
            scope, left = _scope(promotion, basket, page, shopper)
            skus = scope
            if left:
                wanted = basket.quantities
                skus = [sku for sku in scope if left.get(sku, wanted[sku]) >= wanted[sku]]
                remarks += _short(promotion, basket, page, shopper, sorted(set(scope) - set(skus)))
            if skus:
                found.append(Entrant(len(found), promotion, basket, skus, left))
    return found, remarks


def _may_enter(promotion: Promotion, currency: str, shopper: Shopper) -> bool:
    active = promotion.currency == currency and promotion.is_active(shopper.now)
    return active and is_for(promotion, shopper)


def _scope(
    promotion: Promotion, basket: Basket, page: PriceBookPage, shopper: Shopper
) -> tuple[list[int], dict[int, int]]:
    """The SKUs that it sees, and what is left of those that it counts."""
    beyond: frozenset[str] = getattr(promotion.rule, "looks_beyond", _NO_SKUS)
    merchant, items, names = promotion.merchant_id, basket.items, promotion.skus
    if names is not None:
        index = basket.index
        scope = sorted([index[name] for name in (names | beyond if beyond else names) if name in index])
        if merchant is not None:
            scope = [sku for sku in scope if items[sku].merchant_id == merchant]
    else:
        scope = list(range(len(items))) if merchant is None else basket.by_merchant.get(merchant, [])
    least, units = promotion.min_quantity, basket.quantities
    if least > 1 and promotion.lane in COUNTS_UNITS:
        scope = [sku for sku in scope if units[sku] >= least or items[sku].sku in beyond]
    left = {}
    if promotion.has_quota or promotion.per_buyer_limit is not None:
        for sku in scope:
            # What is only looked at, such as a gift beyond the scope, is not counted.
            if names is None or items[sku].sku in names:
                counts = list(_left(promotion, items[sku].sku, page, shopper))
                if counts:
                    left[sku] = min(remaining for _, remaining in counts)
    return scope, left


def _left(
    promotion: Promotion, sku: str, page: PriceBookPage, shopper: Shopper
) -> Iterator[tuple[AllowanceKind, int]]:
    buyer_id = shopper.buyer.id if shopper.buyer else ""
    for allowance, limit in of_promotion(promotion, sku, buyer_id):
        yield allowance.kind, left_of(page.left, allowance, limit)


def _short(
    promotion: Promotion, basket: Basket, page: PriceBookPage, shopper: Shopper, skus: list[int]
) -> Iterator[Remark]:
    for sku in skus:
        if promotion.lane in COUNTS_UNITS and not _would_give(promotion, basket, sku):
            continue
        kind, units = min(
            _left(promotion, basket.skus[sku], page, shopper), key=lambda count: (count[1], count[0])
        )
        reason = "limit" if kind is AllowanceKind.PROMOTION_BUYER else "quota"
        yield Remark("promotion_short", promotion.id, reason, basket.skus[sku], units)


def _would_give(promotion: Promotion, basket: Basket, sku: int) -> bool:
    offers = promotion.rule.offers([goods_at(basket, sku, basket.daily[sku])])
    return any(offer.reduction > 0 for offer in offers)


def goods_at(basket: Basket, sku: int, price: int) -> Goods:
    """A SKU of the basket at this price of one, before any bundle."""
    item, quantity = basket.items[sku], basket.quantities[sku]
    return Goods(item.sku, item.merchant_id, quantity, price, price * quantity)
