"""What may be used up besides goods: promotion quota, limits per buyer, voucher uses, points.

An allowance is counted like a SKU (available, held, consumed) and held together with the goods.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import InvalidValueError


class AllowanceKind(StrEnum):
    """What is counted. The kinds for one buyer start at a limit; the others are put there by somebody."""

    PROMOTION = "promotion"
    PROMOTION_BUYER = "promotion_buyer"
    VOUCHER = "voucher"
    VOUCHER_BUYER = "voucher_buyer"
    POINTS = "points"


FOR_ONE_BUYER = frozenset({AllowanceKind.PROMOTION_BUYER, AllowanceKind.VOUCHER_BUYER})
OF_VOUCHERS = frozenset({AllowanceKind.VOUCHER, AllowanceKind.VOUCHER_BUYER})
OF_PROMOTIONS = frozenset({AllowanceKind.PROMOTION, AllowanceKind.PROMOTION_BUYER})


@dataclass(frozen=True, slots=True, order=True)
class Allowance:
    """The name of a count: a promotion's units of one SKU, a voucher's uses, a buyer's points.

    `subject` is the promotion's id, the voucher's code or, for points, the buyer's id. `sku` is empty unless
    it counts units of a promotion; `buyer_id` is empty unless it counts for one buyer.
    """

    kind: AllowanceKind
    subject: str
    sku: str = ""
    buyer_id: str = ""

    @classmethod
    def of_promotion(cls, promotion_id: str, sku: str) -> Allowance:
        """Units of a SKU that a promotion may still sell."""
        return cls(AllowanceKind.PROMOTION, promotion_id, sku)

    @classmethod
    def of_promotion_for(cls, promotion_id: str, sku: str, buyer_id: str) -> Allowance:
        """Units of a SKU that a promotion may still sell to this buyer."""
        return cls(AllowanceKind.PROMOTION_BUYER, promotion_id, sku, buyer_id)

    @classmethod
    def of_voucher(cls, code: str) -> Allowance:
        """How often a voucher may still be used."""
        return cls(AllowanceKind.VOUCHER, code)

    @classmethod
    def of_voucher_for(cls, code: str, buyer_id: str) -> Allowance:
        """How often this buyer may still use a voucher."""
        return cls(AllowanceKind.VOUCHER_BUYER, code, buyer_id=buyer_id)

    @classmethod
    def of_points(cls, buyer_id: str) -> Allowance:
        """A buyer's points."""
        return cls(AllowanceKind.POINTS, buyer_id)


@dataclass(frozen=True, slots=True)
class Claim:
    """`quantity` of an allowance that an order needs.

    `limit` belongs to allowances for one buyer, which nobody puts there beforehand: what is left of them is
    the limit minus what the buyer holds and has consumed. Raises `InvalidValueError` for a quantity below 1
    and for a limit where there is none, or none where it belongs.
    """

    allowance: Allowance
    quantity: int
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise InvalidValueError(field="quantity", rule="at least 1")
        if (self.limit is not None) is not (self.allowance.kind in FOR_ONE_BUYER):
            raise InvalidValueError(field="limit", rule="exactly for what is counted for one buyer")


def claims_in_lock_order(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Each allowance once with its whole quantity and the smallest limit, sorted: after the goods, everybody
    locks in this order, so nobody deadlocks.
    """
    wanted: dict[Allowance, Claim] = {}
    for claim in claims:
        known = wanted.get(claim.allowance)
        wanted[claim.allowance] = _both(known, claim) if known else claim
    return tuple(wanted[allowance] for allowance in sorted(wanted))


def _both(one: Claim, other: Claim) -> Claim:
    limits = [claim.limit for claim in (one, other) if claim.limit is not None]
    return Claim(one.allowance, one.quantity + other.quantity, min(limits, default=None))
