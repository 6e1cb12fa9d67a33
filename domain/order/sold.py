"""What was sold of an order line by line, and what of that money went back, to the minor unit and the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from domain.money import largest_remainder
from domain.order.counts import counted
from domain.order.shares import line_goods

if TYPE_CHECKING:
    from domain.order.dated import DatedOrder
    from domain.order.lines import OrderLine
    from domain.order.order import Order
    from domain.order.returns import Refund


@dataclass(frozen=True, slots=True)
class RefundedPart:
    """What of one refund belongs to one line: units if it names them, and minor units of its goods."""

    refund_key: str
    at: datetime
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as it was charged: `quantity` and `goods` (minor units) without what was dropped before that."""

    line: OrderLine
    quantity: int
    goods: int
    refunds: tuple[RefundedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class DaySales:
    """What one merchant sold on one day in one currency, and what of its goods was paid back on that day.

    `goods` and `refunds` are minor units; an order counts on the day of its sale, with each merchant in it.
    """

    orders: int = 0
    units: int = 0
    goods: int = 0
    refunds: int = 0

    def __add__(self, other: DaySales) -> DaySales:
        """Both together."""
        return DaySales(
            self.orders + other.orders,
            self.units + other.units,
            self.goods + other.goods,
            self.refunds + other.refunds,
        )


@dataclass(slots=True)
class _Open:
    """A line while its refunds are gone through."""

    line: OrderLine
    quantity: int
    goods: int
    left: int
    parts: list[RefundedPart] = field(default_factory=list)


def sold_lines(dated: DatedOrder) -> tuple[SoldLine, ...]:
    """The lines of a sale with what went back of them; none while, or because, nothing was sold.

    Money that came besides the order's own payment is no sale, and its way back no refund of one.
    """
    order = dated.order
    if dated.sold_at is None or (order.payment is None and order.authorisation is None):
        return ()
    lines = _charged(order)
    paid = order.payment
    charges = max(0, paid.amount.amount - sum(line.goods for line in lines)) if paid else 0
    for key, at in dated.refunded:
        refund = order.refund(key)
        if refund and paid and refund.payment_key == paid.payment_key:
            charges = _give_back(refund, at, lines, charges)
    return tuple(SoldLine(each.line, each.quantity, each.goods, tuple(each.parts)) for each in lines)


def day_sales(dated: DatedOrder) -> Mapping[tuple[str, date], DaySales]:
    """The order's part in each merchant's day, by merchant and day (UTC)."""
    sums: dict[tuple[str, date], DaySales] = {}
    seen: set[str] = set()
    for sold in sold_lines(dated):
        assert dated.sold_at is not None, "or there were no lines"
        merchant = sold.line.merchant_id
        key = (merchant, dated.sold_at.astimezone(UTC).date())
        here = DaySales(int(merchant not in seen), sold.quantity, sold.goods)
        sums[key] = sums.get(key, DaySales()) + here
        seen.add(merchant)
        for part in sold.refunds:
            key = (merchant, part.at.astimezone(UTC).date())
            sums[key] = sums.get(key, DaySales()) + DaySales(refunds=part.amount)
    return sums


def _charged(order: Order) -> list[_Open]:
    dropped = (order.shipment(shipment_id) for shipment_id in order.uncharged)
    never = counted(units for shipment in dropped if shipment for units in shipment.plan.units)
    lines = []
    for number, (line, goods) in enumerate(zip(order.lines, line_goods(order), strict=True), start=1):
        # Half up, as the money that was not taken was worked out.
        less = (goods * never[number] * 2 + line.quantity) // (2 * line.quantity)
        lines.append(_Open(line, line.quantity - never[number], goods - less, goods - less))
    return lines


def _give_back(refund: Refund, at: datetime, lines: Sequence[_Open], charges: int) -> int:
    """Write one refund to the lines; what is left of charges.

    What goes with units beyond their own is charges; what these lines have no more, all that is left gives.
    """
    amount = refund.amount.amount
    if refund.units:
        stated = [units.amount for units in refund.units]
        if sum(stated) > amount:  # the provider sent less than was asked for
            stated = largest_remainder(amount, stated)
        of_charges = min(charges, amount - sum(stated))
        charges -= of_charges
        amount -= of_charges
        for units, part in zip(refund.units, stated, strict=True):
            amount -= _part(lines[units.line - 1], refund.key, at, units.quantity, part)
    return _spread(refund.key, at, lines, charges, amount)


def _spread(key: str, at: datetime, lines: Sequence[_Open], charges: int, amount: int) -> int:
    weights = [*(line.left for line in lines), charges]
    if not amount or not any(weights):
        return charges
    *parts, rest = largest_remainder(min(amount, sum(weights)), weights)
    for line, part in zip(lines, parts, strict=True):
        if part:
            units_left = line.quantity - sum(known.quantity for known in line.parts)
            _part(line, key, at, units_left if part == line.left else 0, part)
    return charges - rest


def _part(line: _Open, key: str, at: datetime, quantity: int, amount: int) -> int:
    gone = min(amount, line.left)
    line.left -= gone
    line.parts.append(RefundedPart(key, at, quantity, gone))
    return gone
