"""Orders that were completed, and what happened to their money, as events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.catalogue.items import Category
from domain.money import Money
from domain.order.events import (
    OrderCompleted,
    OrderCreated,
    OrderDelivered,
    OrderDrafted,
    OrderEvent,
    OrderShipped,
    PaymentConfirmed,
    PaymentPutInReview,
    PaymentRefunded,
    PaymentRequested,
    RefundRequested,
)
from domain.order.lines import OrderLine
from domain.order.returns import RefundedUnits

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DONE = NOON + 5 * HOUR
PAY = "pay_ord_1_1"


def cny(amount: int) -> Money:
    return Money(amount, "CNY")


def lines(*sold: tuple[str, int, int]) -> tuple[OrderLine, ...]:
    """Merchant, quantity and what one unit costs."""
    return tuple(
        OrderLine(number, f"sku-{number}", who, who, Category.PHYSICAL, several, cny(price))
        for number, (who, several, price) in enumerate(sold, start=1)
    )


def paid(
    sold: tuple[OrderLine, ...] = lines(("tea", 2, 1_000), ("cup", 1, 3_000)),
    order_id: str = "ord_1",
    snapshot: str = "snap_1",
    at: datetime = NOON,
    fee: int = 0,
) -> list[OrderEvent]:
    """Placed and paid; `fee` is what it costs besides the goods."""
    goods = sum((line.amount for line in sold), cny(0))
    total = goods + cny(fee)
    each = tuple(line.amount.amount for line in sold)
    key = f"pay_{order_id}_1"
    return [
        OrderDrafted(order_id, f"NO-{order_id}", "buyer", "CNY", sold, None, snapshot, at),
        OrderCreated(
            snapshot, goods, cny(0), total, at + HOUR, at, other_charges=cny(fee), lines=sold, line_goods=each
        ),
        PaymentRequested(key, 1, "sandbox", total, at),
        PaymentConfirmed(key, total, at + HOUR),
    ]


def completed(**placed) -> list[OrderEvent]:
    """Placed, paid, delivered and completed after five hours."""
    at = placed.get("at", NOON)
    return [*paid(**placed), *delivered(at), OrderCompleted(at + 5 * HOUR)]


def delivered(at: datetime = NOON) -> list[OrderEvent]:
    return [OrderShipped("shp_1", at + 2 * HOUR), OrderDelivered("shp_1", at + 3 * HOUR)]


def asked_back(
    key: str, amount: int, *units: tuple[int, int, int], at: datetime = DONE, payment_key: str = PAY
) -> RefundRequested:
    """A refund that was decided; units are line, quantity and what they are worth."""
    back = tuple(RefundedUnits(*each) for each in units)
    return RefundRequested(key, payment_key, cny(amount), "returned", at, cause=key, units=back)


def gone_back(key: str, amount: int, at: datetime = DONE, payment_key: str = PAY) -> PaymentRefunded:
    """Its money has gone."""
    return PaymentRefunded(key, payment_key, cny(amount), at)


def charged_back(amount: int = 5_000, at: datetime = DONE) -> PaymentPutInReview:
    """The buyer's bank took the money back."""
    return PaymentPutInReview(PAY, "charged_back", cny(amount), at)
