"""An order's settlement as movements: the sale when it is completed, then one for each refund.

Movements only ever come at the end, so working them out again gives the same ones and perhaps more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.money import Money
from domain.order.order import Order
from domain.pricing.breakdown import PriceBreakdown
from domain.settlement.balance import Balance, GivenBack
from domain.settlement.case import SettlementCase
from domain.settlement.charged import charged
from domain.settlement.shares import Share, amount_of, change
from domain.settlement.terms import MerchantTerms

SALE_KEY: Final = "sale"
NOT_TAKEN_KEY: Final = "not_taken"


class MovementKind(StrEnum):
    """The sale as it was charged, what of it was never taken, and what went back."""

    SALE = "sale"
    NOT_TAKEN = "not_taken"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Movement:
    """One change of an order's settlement, under a `key` that is unique in the order.

    `buyer` is what the buyer paid (negative: got back); the shares sum exactly to it.
    """

    order_id: str
    order_number: str
    key: str
    kind: MovementKind
    occurred_at: datetime
    buyer: Money
    shares: tuple[Share, ...]

    @property
    def is_exact(self) -> bool:
        """True when buyer = Σ merchants + platform + channel."""
        return amount_of(self.shares, self.buyer.currency) == self.buyer


def movements(
    case: SettlementCase, breakdown: PriceBreakdown, agreed: Mapping[str, MerchantTerms]
) -> tuple[Movement, ...]:
    """All movements of a completed order so far, oldest first; none before it is completed.

    `agreed` are the terms of its merchants when it was completed. What went back before is told with the
    sale, at the same time.
    """
    if case.completed_at is None:
        return ()
    balance = Balance(charged(case.order.lines, breakdown, agreed), agreed)
    sale = Money(balance.charged.total, case.order.currency)
    made = [_Step(SALE_KEY, MovementKind.SALE, case.completed_at).of(case.order, sale, balance.shares())]
    for step, back in _steps(case, case.completed_at):
        lighter = balance.after(back)
        buyer = Money(-back.amount, case.order.currency)
        made.append(step.of(case.order, buyer, change(balance.shares(), lighter.shares())))
        balance = lighter
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Step:
    key: str
    kind: MovementKind
    at: datetime

    def of(self, order: Order, buyer: Money, shares: tuple[Share, ...]) -> Movement:
        return Movement(order.id, order.number, self.key, self.kind, self.at, buyer, shares)


def _steps(case: SettlementCase, completed_at: datetime) -> Iterator[tuple[_Step, GivenBack]]:
    if case.not_taken is not None:
        yield _Step(NOT_TAKEN_KEY, MovementKind.NOT_TAKEN, completed_at), case.not_taken
    for refund in case.refunds:
        yield _Step(refund.key, MovementKind.REFUND, max(refund.at, completed_at)), refund.back
