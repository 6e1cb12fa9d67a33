"""The promotion layer: in a lane one wins, and lanes add up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from benchmarks.pricing_baseline.book import ZERO, Campaign, Lane
from benchmarks.pricing_baseline.offers import Scoped, bundle_offers, threshold_reduction

if TYPE_CHECKING:
    from benchmarks.pricing_baseline.prices import Sheet

Rank = tuple[Decimal | int, Decimal | int, str]


def take_promotions(sheet: Sheet, promotions: Sequence[Scoped]) -> None:
    """Item, bundle, shop and platform lane, in this order."""
    by_lane: dict[Lane, list[Scoped]] = {lane: [] for lane in Lane}
    for scoped in promotions:
        by_lane[scoped.campaign.lane].append(scoped)
    prices = sheet.prices = _take_item_lane(sheet, by_lane[Lane.ITEM])
    if by_lane[Lane.BUNDLE]:
        _take_bundle_lane(sheet, by_lane[Lane.BUNDLE], prices)
    if by_lane[Lane.SHOP]:
        # A dictionary as an ordered set: merchants as they come.
        for merchant in dict.fromkeys(line.merchant for line in sheet.basket.lines):
            _take_threshold(sheet, by_lane[Lane.SHOP], merchant)
    if by_lane[Lane.PLATFORM]:
        _take_threshold(sheet, by_lane[Lane.PLATFORM], None)


def _rank(sheet: Sheet, campaign: Campaign, reduction: Decimal) -> Rank:
    """Sorts the winner to the front."""
    if campaign.lane in sheet.basket.by_priority:
        return campaign.priority, -reduction, campaign.id
    return -reduction, campaign.priority, campaign.id


def _take_item_lane(sheet: Sheet, promotions: Sequence[Scoped]) -> dict[str, Decimal]:
    """Take the winners' reductions; the price of one of each SKU after them."""
    prices = {line.sku: line.daily for line in sheet.basket.lines}
    for sku, daily in list(prices.items()):
        offers = [
            (daily - scoped.campaign.prices[sku], scoped.campaign)
            for scoped in promotions
            if sku in scoped.skus and scoped.campaign.prices.get(sku, daily) < daily
        ]
        if not offers:
            continue
        reduction, winner = min(offers, key=lambda offer: _rank(sheet, offer[1], offer[0]))
        prices[sku] = daily - reduction
        sheet.uses(winner, {sku})
        for index, line in enumerate(sheet.basket.lines):
            if line.sku == sku:
                sheet.take(f"promotion:{winner.id}", reduction * line.quantity, [index])
    return prices


def _take_bundle_lane(sheet: Sheet, promotions: Sequence[Scoped], prices: dict[str, Decimal]) -> None:
    unit, units = sheet.basket.unit, sheet.units
    offers = [offer for scoped in promotions for offer in bundle_offers(scoped, units, prices, unit)]
    offers.sort(key=lambda offer: (*_rank(sheet, offer.campaign, offer.reduction), offer.bought))
    used: set[str] = set()
    for offer in offers:
        if used & {offer.sku, offer.bought}:
            sheet.could_be_cheaper = True
            continue
        used |= {offer.sku, offer.bought}
        sheet.uses(offer.campaign, {offer.sku, offer.bought})
        sheet.take(f"promotion:{offer.campaign.id}", offer.reduction, _lines_of(sheet, {offer.sku}, None))


def _take_threshold(sheet: Sheet, promotions: Sequence[Scoped], merchant: str | None) -> None:
    """The one winner among these, over one merchant's goods or over everything."""
    offers, tested = [], []
    for scoped in promotions:
        lines = _lines_of(sheet, scoped.skus, merchant)
        sheet.sees(lines)
        amount = sum((sheet.amounts[index] for index in lines), Decimal(0))
        for tier in scoped.campaign.tiers:
            sheet.reaches(tier.minimum, amount, lines)
        reduction = threshold_reduction(scoped.campaign, amount, sheet.basket.unit)
        if lines:
            tested.append((scoped.campaign, amount, reduction))
        if reduction > 0:
            offers.append((reduction, scoped.campaign, lines))
    won = ZERO
    if offers:
        won, winner, lines = min(offers, key=lambda offer: _rank(sheet, offer[1], offer[0]))
        sheet.take(f"promotion:{winner.id}", won, lines)
        sheet.uses(winner, {sheet.basket.lines[index].sku for index in lines})
        sheet.divided.append(frozenset(lines))
    sheet.missed += [(campaign, amount, max(own, won)) for campaign, amount, own in tested]


def _lines_of(sheet: Sheet, skus: frozenset[str] | set[str], merchant: str | None) -> list[int]:
    return [
        index
        for index, line in enumerate(sheet.basket.lines)
        if line.sku in skus and merchant in (None, line.merchant)
    ]
