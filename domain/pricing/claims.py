"""What a price uses up besides goods: which counts to ask for, and what to claim of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from domain.pricing.book import ItemPrice, Voucher
from domain.pricing.promotion import Promotion
from domain.pricing.request import PriceRequest
from domain.stock.allowance import Allowance, Claim


def counted(
    request: PriceRequest,
    items: Mapping[str, ItemPrice],
    promotions: Iterable[Promotion],
    voucher: Voucher | None,
) -> Mapping[Allowance, int | None]:
    """The allowances that a calculation may need, with the limit of those for one buyer, else None."""
    buyer_id = request.buyer.id if request.buyer else ""
    wanted: dict[Allowance, int | None] = {}
    for promotion in promotions:
        if promotion.has_quota or promotion.per_buyer_limit is not None:
            for sku in sorted(request.skus & items.keys()):
                if promotion.covers(sku, items[sku].merchant_id):
                    wanted.update(of_promotion(promotion, sku, buyer_id))
    if voucher is not None:
        wanted.update(of_voucher(voucher, buyer_id))
    if request.wishes.points and buyer_id:
        wanted[Allowance.of_points(buyer_id)] = None
    return wanted


def of_promotion(promotion: Promotion, sku: str, buyer_id: str) -> Iterator[tuple[Allowance, int | None]]:
    """The counts of one SKU in a promotion, each with its limit; `buyer_id` may be empty."""
    if promotion.has_quota:
        yield Allowance.of_promotion(promotion.id, sku), None
    if promotion.per_buyer_limit is not None and buyer_id:
        yield Allowance.of_promotion_for(promotion.id, sku, buyer_id), promotion.per_buyer_limit


def of_voucher(voucher: Voucher, buyer_id: str) -> Iterator[tuple[Allowance, int | None]]:
    """The counts of a voucher's uses, each with its limit; `buyer_id` may be empty."""
    if voucher.has_uses:
        yield Allowance.of_voucher(voucher.code), None
    if voucher.per_buyer_limit is not None and buyer_id:
        yield Allowance.of_voucher_for(voucher.code, buyer_id), voucher.per_buyer_limit


def left_of(left: Mapping[Allowance, int], allowance: Allowance, limit: int | None) -> int:
    """What remains: an untouched limit is whole, a count that nobody keeps is used up."""
    return max(0, left.get(allowance, limit or 0))


def claims_for(counts: Iterable[tuple[Allowance, int | None]], quantity: int) -> Iterator[Claim]:
    """A claim of so much on each of these counts."""
    for allowance, limit in counts:
        yield Claim(allowance, quantity, limit)
