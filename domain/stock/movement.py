"""What happens to goods after they were sold, and how much of what was spent on them goes back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from domain.errors import InvalidValueError
from domain.stock.allowance import OF_VOUCHERS, AllowanceKind, Claim


class MovementKind(StrEnum):
    """Left for good, will not leave, or is back after it had left.

    What left after all had been cancelled before, and was for sale again.
    """

    HANDED_OVER = "handed_over"
    LEFT_AFTER_ALL = "left_after_all"
    CANCELLED = "cancelled"
    TAKEN_BACK = "taken_back"


def refunded_claims(
    claims: Sequence[Claim], goods: int, refunded_before: int, refunded: int
) -> tuple[Claim, ...]:
    """What of an order's claims goes back with `refunded` of `goods` (minor units), after `refunded_before`.

    Points pro rata, a voucher's use with the last of the money, a promotion's units never: they were sold.
    Raises `InvalidValueError` for negative amounts.
    """
    if min(goods, refunded_before, refunded) < 0:
        raise InvalidValueError(field="refunded", rule="not negative")
    nothing_left = refunded_before + refunded >= goods
    going = [
        replace(claim, quantity=points)
        for claim in claims
        if claim.allowance.kind is AllowanceKind.POINTS
        and (points := goes_back(claim.quantity, goods, refunded_before, refunded))
    ]
    return (*going, *(claim for claim in claims if nothing_left and claim.allowance.kind in OF_VOUCHERS))


def goes_back(spent: int, goods: int, refunded_before: int, refunded: int) -> int:
    """How much of `spent` goes back with `refunded` of `goods`, after `refunded_before`.

    Rounded half up over what is back altogether, so that all refunds together give back exactly what was
    spent; everything at once when the goods cost nothing.
    """
    if goods == 0:
        return spent
    return _back(spent, goods, refunded_before + refunded) - _back(spent, goods, refunded_before)


def _back(spent: int, goods: int, refunded: int) -> int:
    return (2 * spent * min(refunded, goods) + goods) // (2 * goods)
