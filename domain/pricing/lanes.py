"""Layer 2: item, bundle, shop and platform lane in turn. In a lane one wins, between lanes they add up.

It plays the lanes once, with some promotions left out; which to leave out is the search's matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from operator import mul
from typing import NamedTuple

from domain.money import largest_remainder
from domain.pricing.basket import Basket
from domain.pricing.entrants import Entrant, mask_of
from domain.pricing.promotion import Goods, Lane, Missing, Offer, Selector
from domain.pricing.selection import Rank, rank, selector_of


class Take(NamedTuple):
    """What an entrant takes off: `shares` (positive) of the `lines` of the basket, for units of `skus`."""

    entrant: int
    lines: Sequence[int]
    shares: Sequence[int]
    skus: Sequence[int]


class Hint(NamedTuple):
    """An offer that could be better. `reach` is the amount in scope that it wants, 0 if it asks for units.

    `instead` is what the winner of the lane takes off the same goods.
    """

    entrant: int
    skus: Sequence[int]
    missing: Missing
    reach: int
    reduction: int
    instead: int


class Played:
    """The goods after all lanes: `prices` of one after the item lane, `amounts` by line, `sums` by SKU.

    `contested` are SKUs over which bundles of several SKUs met.
    """

    __slots__ = ("amounts", "contested", "hints", "prices", "sums", "takes")

    def __init__(self, prices: list[int], amounts: list[int], sums: list[int], takes: list[Take]) -> None:
        self.prices = prices
        self.amounts = amounts
        self.sums = sums
        self.takes = takes
        self.hints: list[Hint] = []
        self.contested = 0

    def applied(self) -> set[int]:
        """The entrants that took something off."""
        return {take.entrant for take in self.takes}


class Lanes:
    """The lanes of one basket with the entrants that compete in them."""

    __slots__ = ("_basket", "_bids", "_bundles", "_by_amount", "_goods", "_selectors", "entrants")

    def __init__(
        self, basket: Basket, entrants: Sequence[Entrant], selectors: Mapping[Lane, Selector]
    ) -> None:
        self._basket = basket
        self.entrants = entrants
        self._selectors = selectors
        self._goods: dict[tuple[int, int, int], Goods] = {}
        self._bids = self._item_bids([each for each in entrants if each.lane is Lane.ITEM])
        self._bundles = [each for each in entrants if each.lane is Lane.BUNDLE]
        self._by_amount = [
            (lane, rivals)
            for lane in (Lane.SHOP, Lane.PLATFORM)
            if (rivals := [each for each in entrants if each.lane is lane])
        ]

    def is_fixed(self, lane: Lane) -> bool:
        """True when the lane's winner is a matter of priority, which no lower total overrules."""
        return selector_of(self._selectors, lane) is Selector.PRIORITY

    def play(self, left_out: AbstractSet[int] = frozenset()) -> Played:
        """All lanes, without these entrants."""
        basket = self._basket
        prices = basket.daily.copy()
        takes: list[Take] = []
        for sku, bids in self._bids:
            for entrant, cut in bids:
                if entrant not in left_out:
                    lines = basket.line_range[sku]
                    takes.append(Take(entrant, lines, [cut * basket.units[line] for line in lines], (sku,)))
                    prices[sku] = max(0, prices[sku] - cut)
                    break
        amounts = [prices[sku] * units for sku, units in zip(basket.line_sku, basket.units, strict=True)]
        sums = list(map(mul, prices, basket.quantities))
        played = Played(prices, amounts, sums, takes)
        if self._bundles:
            self._play_bundles(played, left_out)
        for lane, rivals in self._by_amount:
            self._play_amounts(lane, rivals, played, left_out)
        return played

    def _item_bids(self, rivals: Sequence[Entrant]) -> list[tuple[int, list[tuple[int, int]]]]:
        bids: dict[int, list[tuple[Rank, int]]] = {}
        how = selector_of(self._selectors, Lane.ITEM)
        for entrant in rivals:
            entrant.changes = []
            for sku in entrant.skus:
                offer = _best(entrant.rule.offers([self._at(sku, self._basket.daily[sku])]))
                # A price is one for every unit: what does not divide by the quantity is not given.
                cut = offer.reduction // self._basket.quantities[sku] if offer else 0
                if cut > 0:
                    entrant.changes.append(sku)
                    bids.setdefault(sku, []).append((rank(how, entrant, cut), cut))
        return [(sku, [(order[2], cut) for order, cut in sorted(bids[sku])]) for sku in sorted(bids)]

    def _play_bundles(self, played: Played, left_out: AbstractSet[int]) -> None:
        how, index = selector_of(self._selectors, Lane.BUNDLE), self._basket.index
        ranked: list[tuple[Rank, tuple[int, ...], Entrant, Offer]] = []
        waiting: list[tuple[Entrant, Offer, Missing]] = []
        for entrant in self._bundles:
            if entrant.place in left_out:
                continue
            for offer in entrant.rule.offers([self._at(sku, played.prices[sku]) for sku in entrant.skus]):
                if offer.reduction > 0:
                    occupied = tuple([index[sku] for sku in offer.occupies])
                    ranked.append((rank(how, entrant, offer.reduction), occupied, entrant, offer))
                if offer.missing:
                    waiting.append((entrant, offer, offer.missing))
        ranked.sort(key=lambda each: each[:2])
        takers: dict[int, tuple[int, ...]] = {}
        won: dict[int, int] = {}
        for _, occupied, entrant, offer in ranked:
            in_the_way = [takers[sku] for sku in occupied if sku in takers]
            if not in_the_way:
                takers.update(dict.fromkeys(occupied, occupied))
                won.update(dict.fromkeys(occupied, offer.reduction))
                self._take(played, entrant, offer, occupied)
            elif len(occupied) > 1 or any(len(other) > 1 for other in in_the_way):
                for other in (occupied, *in_the_way):
                    played.contested |= mask_of(other)
        for entrant, offer, missing in waiting:
            skus = [index[sku] for sku in offer.occupies if sku in index]
            instead = max([won.get(sku, 0) for sku in skus], default=0)
            played.hints.append(Hint(entrant.place, skus, missing, 0, offer.reduction, instead))

    def _play_amounts(
        self, lane: Lane, rivals: Sequence[Entrant], played: Played, left_out: AbstractSet[int]
    ) -> None:
        how, prices, sums = selector_of(self._selectors, lane), played.prices, played.sums
        best: dict[str, tuple[Rank, Entrant, Offer, Sequence[int]]] = {}
        waiting: list[tuple[str, Entrant, Offer, Missing, Sequence[int]]] = []
        for entrant in rivals:
            if entrant.place in left_out:
                continue
            for group, skus in entrant.groups:
                offer = _best(entrant.rule.offers([self._after(sku, prices[sku], sums[sku]) for sku in skus]))
                if offer is None:
                    continue
                if offer.reduction > 0:
                    order = rank(how, entrant, offer.reduction)
                    if group not in best or order < best[group][0]:
                        best[group] = (order, entrant, offer, skus)
                if offer.missing:
                    waiting.append((group, entrant, offer, offer.missing, skus))
        for group, entrant, offer, missing, scope in waiting:
            reach = sum([sums[sku] for sku in scope]) + missing.amount
            instead = best[group][2].reduction if group in best else 0
            played.hints.append(Hint(entrant.place, scope, missing, reach, offer.reduction, instead))
        for _, winner, offer, scope in best.values():
            self._take(played, winner, offer, scope)

    def _take(self, played: Played, entrant: Entrant, offer: Offer, skus: Sequence[int]) -> None:
        basket, amounts, sums = self._basket, played.amounts, played.sums
        carriers = [basket.index[sku] for sku in offer.carried_by]
        lines = basket.lines_of(carriers)
        weights = [amounts[line] for line in lines]
        if not any(weights):
            weights = [basket.units[line] for line in lines]
        shares = largest_remainder(offer.reduction, weights)
        for line, share in zip(lines, shares, strict=True):
            # Only a rule that gives more than the goods cost gets below zero; the assembly shows it.
            off = min(share, amounts[line])
            amounts[line] -= off
            sums[basket.line_sku[line]] -= off
        played.takes.append(Take(entrant.place, lines, shares, skus))

    def _at(self, sku: int, price: int) -> Goods:
        return self._after(sku, price, price * self._basket.quantities[sku])

    def _after(self, sku: int, price: int, amount: int) -> Goods:
        # Remembered, because trials and lanes ask for the same again and again.
        key = (sku, price, amount)
        goods = self._goods.get(key)
        if goods is None:
            item = self._basket.items[sku]
            goods = Goods(item.sku, item.merchant_id, self._basket.quantities[sku], price, amount)
            self._goods[key] = goods
        return goods


def _best(offers: Sequence[Offer]) -> Offer | None:
    if len(offers) == 1:
        return offers[0]
    return max(offers, key=lambda offer: offer.reduction, default=None)
