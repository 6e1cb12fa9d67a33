"""What an answer tells besides amounts: what an order must hold, and what is missing for a better tier.

The engine also tells what is missing for a bundle or a gift, and why a voucher or points were not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from benchmarks.pricing_baseline.book import ZERO, Campaign

if TYPE_CHECKING:
    from benchmarks.pricing_baseline.prices import Sheet


@dataclass(frozen=True, slots=True)
class Held:
    """So much of a count that an order needs; `limit` where it is counted for one buyer."""

    kind: str
    subject: str
    sku: str
    buyer_id: str
    quantity: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Nearly:
    """Spend `amount` more to save `saves` by this promotion."""

    promotion_id: str
    amount: Decimal
    saves: Decimal


def claims(sheet: Sheet, applied: Sequence[Campaign]) -> Iterator[Held]:
    """Units of counted promotions, the voucher's use, points."""
    basket, units = sheet.basket, sheet.units
    buyer_id = basket.buyer.id if basket.buyer else ""
    for campaign in applied:
        counted = sheet.used[campaign.id] if campaign.left is not None else ()
        for sku in sorted(counted):
            if campaign.skus is not None and sku not in campaign.skus:
                continue  # a gift beyond the scope
            if campaign.has_quota:
                yield Held("promotion", campaign.id, sku, "", units[sku], None)
            if campaign.limit is not None:
                yield Held("promotion_buyer", campaign.id, sku, buyer_id, units[sku], campaign.limit)
    voucher = basket.voucher
    if voucher and f"voucher:{voucher.code}" in sheet.parts:
        if voucher.has_uses:
            yield Held("voucher", voucher.code, "", "", 1, None)
        if voucher.limit is not None:
            yield Held("voucher_buyer", voucher.code, "", buyer_id, 1, voucher.limit)
    if basket.points and "points" in sheet.parts:
        steps = int(-sheet.parts["points"].amount / basket.points.worth)
        yield Held("points", buyer_id, "", "", steps * basket.points.points, None)


def nearly(sheet: Sheet) -> Iterator[Nearly]:
    """The nearest tier of each promotion that would save more than what won on the same goods."""
    nearest: dict[str, Nearly] = {}
    for campaign, amount, instead in sheet.missed:
        for tier in campaign.tiers:
            saves = tier.off(tier.minimum, sheet.basket.unit) if tier.minimum > amount else ZERO
            if saves > instead:
                found = Nearly(campaign.id, tier.minimum - amount, saves)
                known = nearest.get(campaign.id)
                if known is None or found.amount < known.amount:
                    nearest[campaign.id] = found
                break
    yield from (nearest[promotion_id] for promotion_id in sorted(nearest))
