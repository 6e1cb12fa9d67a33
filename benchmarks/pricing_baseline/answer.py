"""What a caller gets: named parts with who bears them, priced lines, applied promotions, and the rules' hash.

Beside them stand what an order must hold and what is missing for a better tier, as in the engine's answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from json import dumps
from typing import Any

from benchmarks.pricing_baseline.book import ZERO, Basket, Campaign
from benchmarks.pricing_baseline.prices import Sheet, price
from benchmarks.pricing_baseline.telling import Held, Nearly, claims, nearly

_FIXED = {
    "base": ("base", "market_price", "buyer"),
    "daily_price": ("base", "daily_price", "merchant"),
    "points": ("deduction", "points", "platform"),
    "payment_discount": ("deduction", "payment_discount", "channel"),
    "delivery": ("charge", "delivery_fee", "buyer"),
    "service": ("charge", "service", "buyer"),
    "platform_fee": ("charge", "platform_fee", "buyer"),
    "handling": ("charge", "handling_fee", "buyer"),
}


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A part of the price as it is shown; shares by line number."""

    id: str
    layer: str
    kind: str
    label: str
    amount: Decimal
    funder: str
    source: str
    shares: Sequence[tuple[int, Decimal]]


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line at the price of one; `listed` is shown struck through, `total` is all that it carries."""

    number: int
    sku: str
    merchant: str
    title: str
    quantity: int
    unit_price: Decimal
    listed: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Applied:
    """A promotion that took part."""

    id: str
    name: str
    kind: str
    ends_at: datetime
    reduction: Decimal
    funder: str
    skus: Sequence[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A price that explains itself."""

    total: Decimal
    parts: Sequence[NamedPart]
    lines: Sequence[PricedLine]
    promotions: Sequence[Applied]
    rule_version: str
    claims: Sequence[Held]
    nearly: Sequence[Nearly]


def answer(basket: Basket) -> Answer:
    """Price it and tell all about it."""
    sheet = price(basket)
    numbers = [line.number + 1 for line in basket.lines]
    campaigns = {f"promotion:{campaign.id}": campaign for campaign in basket.campaigns}
    applied = [campaigns[name] for name in sheet.parts if name in campaigns]
    parts = [_named(name, sheet, campaigns, numbers) for name, part in sheet.parts.items() if part.amount]
    lines = [
        PricedLine(
            number, of.sku, of.merchant, of.title, of.quantity, sheet.prices[of.sku], of.listed, amount
        )
        for number, of, amount in zip(numbers, basket.lines, sheet.amounts, strict=True)
    ]
    promotions = [
        Applied(
            campaign.id,
            campaign.name,
            campaign.kind,
            campaign.ends_at,
            -sheet.parts[f"promotion:{campaign.id}"].amount,
            campaign.funder,
            sorted(sheet.used[campaign.id]),
        )
        for campaign in applied
    ]
    lines.sort(key=lambda line: line.number)
    return Answer(
        sum(sheet.amounts, ZERO),
        parts,
        lines,
        promotions,
        _rule_version(basket, applied),
        list(claims(sheet, applied)),
        list(nearly(sheet)),
    )


def _named(name: str, sheet: Sheet, campaigns: Mapping[str, Campaign], numbers: Sequence[int]) -> NamedPart:
    part, voucher = sheet.parts[name], sheet.basket.voucher
    prefix, _, source = name.partition(":")
    if prefix == "promotion":
        campaign = campaigns[name]
        layer, kind, label, funder = "promotion", campaign.kind, campaign.name, campaign.funder
    elif prefix == "voucher" and voucher:
        layer, kind, label, funder = "deduction", "voucher", voucher.name, voucher.funder
    else:
        layer, kind, funder = _FIXED[prefix]
        label = kind
    shares = sorted((numbers[index], share) for index, share in part.shares.items())
    return NamedPart(name, layer, kind, label, part.amount, funder, source or "price_book", shares)


def _rule_version(basket: Basket, applied: Sequence[Campaign]) -> str:
    voucher = basket.voucher
    took_part = {
        "prices": sorted({(line.sku, str(line.market), str(line.daily)) for line in basket.lines}),
        "promotions": [_terms(campaign) for campaign in applied],
        "voucher": voucher and [voucher.code, str(voucher.amount), str(voucher.percent), str(voucher.cap)],
        "points": basket.points and [basket.points.points, str(basket.points.worth), str(basket.points.cap)],
        "delivery": {merchant: [str(fee), str(free)] for merchant, (fee, free) in basket.delivery.items()},
        "services": {code: [str(fee.amount), str(fee.percent)] for code, fee in basket.services.items()},
        "platform": basket.platform and [str(basket.platform.amount), str(basket.platform.percent)],
        "handling": str(basket.handling),
    }
    return sha256(dumps(took_part, sort_keys=True).encode()).hexdigest()[:16]


def _terms(campaign: Campaign) -> Mapping[str, Any]:
    return {
        "id": campaign.id,
        "kind": campaign.kind,
        "starts_at": campaign.starts_at.isoformat(),
        "ends_at": campaign.ends_at.isoformat(),
        "merchant": campaign.merchant,
        "skus": campaign.skus and sorted(campaign.skus),
        "segments": sorted(campaign.segments),
        "priority": campaign.priority,
        "exclusive": campaign.exclusive,
        "prices": {sku: str(price) for sku, price in campaign.prices.items()},
        "bundle": [campaign.round_units, campaign.max_rounds, str(campaign.percent), str(campaign.amount)],
        "gift": [campaign.gift_units, campaign.gift_sku],
        "tiers": [[str(tier.minimum), str(tier.amount), str(tier.percent)] for tier in campaign.tiers],
    }
