"""Settled orders and movements as tests of settlement want them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.money import Money
from domain.ports.settlement import FeedStretch, OrderSettlement
from domain.reconciliation.ledger import BookedLine
from domain.settlement.case import HoldReason
from domain.settlement.movements import Movement, MovementKind
from domain.settlement.parties import PLATFORM, merchant
from domain.settlement.shares import Share
from domain.settlement.terms import MerchantTerms

MORNING = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def a_movement(
    order: str = "ord_1",
    key: str = "sale",
    amount: int = 10_000,
    *,
    at: datetime = MORNING,
    who: str = "tea",
    currency: str = "CNY",
) -> Movement:
    """A merchant's goods less five in a hundred for the platform; negative for a refund."""
    commission = Money(amount, currency).share(500).amount
    kind = MovementKind.SALE if key == "sale" else MovementKind.REFUND
    shares = (
        Share(merchant(who), currency, goods=amount, commission=-commission),
        Share(PLATFORM, currency, commission=commission),
    )
    return Movement(order, f"NO-{order}", key, kind, at, Money(amount, currency), shares)


def settled(
    *movements: Movement, order: str = "ord_1", hold: HoldReason | None = None, who: str = "tea"
) -> OrderSettlement:
    """One order with these movements."""
    return OrderSettlement(order, f"NO-{order}", hold, {who: MerchantTerms(who)}, movements)


def a_stretch(
    since: int, *orders: OrderSettlement, until: int | None = None, lines: tuple[BookedLine, ...] = ()
) -> FeedStretch:
    """What the feed brought; ten positions unless something else is said."""
    return FeedStretch(since, since + 10 if until is None else until, orders, lines)
