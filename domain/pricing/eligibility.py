"""Whom a promotion is for. When it is active, what it covers and what is left of it are told elsewhere."""

from __future__ import annotations

from domain.pricing.conditions import qualifies
from domain.pricing.kinds import kind_of
from domain.pricing.promotion import Promotion, Shopper


def is_for(promotion: Promotion, shopper: Shopper) -> bool:
    """True when this shopper may have it: in one of its segments, and all conditions are met.

    An unknown buyer is in no segment, and may have nothing that is counted for each buyer.
    """
    kind = kind_of(promotion.kind)
    segments = promotion.segments or (kind.segments if kind else frozenset())
    buyer = shopper.buyer
    if buyer is None and (segments or promotion.per_buyer_limit is not None):
        return False
    if segments and buyer is not None and not segments & buyer.segments:
        return False
    return meets_conditions(promotion, shopper)


def meets_conditions(promotion: Promotion, shopper: Shopper) -> bool:
    """True when the shopper meets its own condition and that of its kind, whatever its segments."""
    kind = kind_of(promotion.kind)
    if kind and not qualifies(kind.condition, shopper):
        return False
    return qualifies(promotion.condition, shopper)
