"""What reductions would have been worth on the goods that a buyer keeps (domain rule 8). It pays nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from domain.money import Money
from domain.pricing.book import Voucher
from domain.pricing.breakdown import Component, Layer, PriceBreakdown
from domain.pricing.promotion import Promotion
from domain.specification import AllOf

_VOUCHER = "voucher"


def as_granted(promotion: Promotion) -> Promotion:
    """The same offer to this buyer again: who they are and how many others had it was settled by the sale."""
    return replace(
        promotion, segments=frozenset(), condition=AllOf(()), has_quota=False, per_buyer_limit=None
    )


def as_presented(voucher: Voucher) -> Voucher:
    """The same voucher once more, since it was this order's."""
    return replace(voucher, buyer_id=None, condition=AllOf(()), has_uses=False, per_buyer_limit=None)


def lost_reductions(
    paid: PriceBreakdown,
    ordered: Sequence[int],
    kept: Mapping[int, int],
    alone: PriceBreakdown,
    known: Collection[str],
) -> Money:
    """How much more the kept goods would have cost by themselves, never negative.

    `ordered` are all lines' quantities, `kept` those that stay by line number; `alone` is the price of the
    kept goods by the same rules. Only reductions whose source (promotion id, voucher code) is `known` today
    count: what cannot be looked up any more is not taken back. A difference that rounding explains is none.
    """
    had = [part for part in _reductions(paid) if part.source in known]
    portions = [_portion(share, kept.get(line, 0), ordered[line - 1]) for line, share in _shares(had)]
    lost = sum(portions) - sum(-part.amount.amount for part in _reductions(alone))
    return Money(lost if lost > len(portions) else 0, paid.currency)


def _reductions(breakdown: PriceBreakdown) -> Iterable[Component]:
    return (part for part in breakdown.components if part.layer is Layer.PROMOTION or part.kind == _VOUCHER)


def _shares(parts: Iterable[Component]) -> Iterable[tuple[int, int]]:
    return ((line, -share) for part in parts for line, share in part.shares if share)


def _portion(share: int, units: int, of: int) -> int:
    return (share * units * 2 + of) // (2 * of)
