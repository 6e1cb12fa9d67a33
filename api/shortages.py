"""Which refusal tells best what an order or a cart could not have. One order of importance for both."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import DomainError
from domain.stock.allowance import AllowanceKind
from domain.stock.hold import Shortage
from workflows.contracts import CheckoutAnswer


class OutOfStockError(DomainError):
    """Fewer goods are left than wanted."""

    code = "out_of_stock"


class PromotionSoldOutError(DomainError):
    """Fewer units are left at the promotion's price than wanted."""

    code = "promotion_sold_out"


class PromotionLimitReachedError(DomainError):
    """The buyer may have fewer units at the promotion's price than wanted."""

    code = "promotion_limit_reached"


class VoucherUsedUpError(DomainError):
    """The voucher, or this buyer's share of it, is used up."""

    code = "voucher_used_up"


class NotEnoughPointsError(DomainError):
    """The buyer has fewer points than wanted."""

    code = "not_enough_points"


# Goods first: without them nothing else matters.
_REFUSALS: tuple[tuple[AllowanceKind | None, type[DomainError]], ...] = (
    (None, OutOfStockError),
    (AllowanceKind.PROMOTION, PromotionSoldOutError),
    (AllowanceKind.PROMOTION_BUYER, PromotionLimitReachedError),
    (AllowanceKind.VOUCHER, VoucherUsedUpError),
    (AllowanceKind.VOUCHER_BUYER, VoucherUsedUpError),
    (AllowanceKind.POINTS, NotEnoughPointsError),
)
NOT_TO_BE_HAD = tuple(dict.fromkeys(error.code for _, error in _REFUSALS))


def refusal_of(shortages: Sequence[Shortage]) -> DomainError:
    """The refusal for what is short, with all of it among its facts."""
    short = {shortage.allowance.kind if shortage.allowance else None for shortage in shortages}
    refusal = next((error for kind, error in _REFUSALS if kind in short), OutOfStockError)
    return refusal(shortages=shortages)


def refusal_in(word: CheckoutAnswer) -> str:
    """The slug of an order's refusal: what is short tells more than that something is."""
    return refusal_of(word.shortages).code if word.shortages else word.refusal
