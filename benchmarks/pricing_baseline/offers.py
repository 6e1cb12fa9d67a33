"""Who may have a promotion, and what each kind of it gives. Choosing among them is in `prices`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from benchmarks.pricing_baseline.book import ZERO, Basket, Campaign, Line
from benchmarks.pricing_baseline.rounding import percentage


@dataclass(frozen=True, slots=True)
class Scoped:
    """A promotion that applies, and the SKUs of the basket that it applies to."""

    campaign: Campaign
    skus: frozenset[str]


@dataclass(frozen=True, slots=True)
class BundleOffer:
    """So much off the lines of one SKU, using up its units and those of the SKU that was bought."""

    campaign: Campaign
    reduction: Decimal
    sku: str
    bought: str


def quantities(lines: Sequence[Line]) -> dict[str, int]:
    """Units of each SKU over all lines."""
    found: dict[str, int] = {}
    for line in lines:
        found[line.sku] = found.get(line.sku, 0) + line.quantity
    return found


def applicable(basket: Basket, units: Mapping[str, int]) -> list[Scoped]:
    """The promotions that may take part, each with its goods."""
    merchants = {line.sku: line.merchant for line in basket.lines}
    found = []
    for campaign in basket.campaigns:
        if not _is_for(campaign, basket):
            continue
        skus = frozenset(sku for sku in units if _covers(campaign, sku, merchants[sku], units[sku]))
        if skus:
            found.append(Scoped(campaign, skus))
    return found


def _is_for(campaign: Campaign, basket: Basket) -> bool:
    now, buyer = basket.shopper.now, basket.buyer
    if not campaign.starts_at <= now < campaign.ends_at:
        return False
    if campaign.segments and (buyer is None or not campaign.segments & buyer.segments):
        return False
    if campaign.only_known and buyer is None:
        return False
    if campaign.only_new and (buyer is None or not buyer.is_new(now)):
        return False
    return campaign.condition.is_satisfied_by(basket.shopper)


def _covers(campaign: Campaign, sku: str, merchant: str, quantity: int) -> bool:
    if campaign.merchant is not None and campaign.merchant != merchant:
        return False
    is_gift = sku == campaign.gift_sku
    if campaign.skus is not None and sku not in campaign.skus:
        return is_gift  # it need not be among the goods that earn it
    enough = quantity >= campaign.min_quantity or is_gift
    return enough and (campaign.left is None or campaign.left[sku] >= quantity)


def bundle_offers(
    scoped: Scoped, units: Mapping[str, int], prices: Mapping[str, Decimal], unit: Decimal
) -> Iterator[BundleOffer]:
    """What a bundle promotion gives on each SKU. `prices` are those of one, after the item lane."""
    for sku in scoped.skus:
        offer = (_gift if scoped.campaign.gift_units else _bundle)(scoped, sku, units, prices, unit)
        if offer is not None and offer.reduction > 0:
            yield offer


def _bundle(
    scoped: Scoped, sku: str, units: Mapping[str, int], prices: Mapping[str, Decimal], unit: Decimal
) -> BundleOffer | None:
    campaign = scoped.campaign
    rounds = _rounds(campaign, units[sku] // campaign.round_units)
    price = prices[sku] * campaign.round_units
    match campaign.kind:
        case "bundle_percentage":
            off = percentage(price, campaign.percent, unit)
        case "bundle_amount":
            off = min(campaign.amount, price)
        case "bundle_total":
            off = max(price - campaign.amount, ZERO)
        case kind:
            raise ValueError(kind)
    return BundleOffer(campaign, off * rounds, sku, sku)


def _gift(
    scoped: Scoped, sku: str, units: Mapping[str, int], prices: Mapping[str, Decimal], _unit: Decimal
) -> BundleOffer | None:
    campaign = scoped.campaign
    gift = campaign.gift_sku
    if gift is None:
        rounds = units[sku] // (campaign.round_units + campaign.gift_units)
        gift = sku
    elif gift == sku or gift not in scoped.skus:
        return None
    else:
        rounds = min(units[sku] // campaign.round_units, units[gift] // campaign.gift_units)
    free = _rounds(campaign, rounds) * campaign.gift_units
    return BundleOffer(campaign, prices[gift] * free, gift, sku)


def _rounds(campaign: Campaign, possible: int) -> int:
    return possible if campaign.max_rounds is None else min(possible, campaign.max_rounds)


def threshold_reduction(campaign: Campaign, amount: Decimal, unit: Decimal) -> Decimal:
    """What the best tier of those that `amount` reaches takes off."""
    reached = (tier for tier in campaign.tiers if tier.minimum <= amount)
    return max((tier.off(amount, unit) for tier in reached), default=ZERO)
