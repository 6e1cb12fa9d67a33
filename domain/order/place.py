"""Placing an order: from the buyer's wish to an agreed price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.address import Address
from domain.errors import InvalidValueError
from domain.money import Money
from domain.order.errors import EmptyOrderError, MixedCurrenciesError
from domain.order.events import OrderCreated, OrderDrafted
from domain.order.lines import MOST_LINES, OrderLine, is_spread
from domain.order.order import Order
from domain.order.status import OrderStatus, check_transition


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer wants to have, under ids that were given out when the wish was accepted."""

    order_id: str
    number: str
    buyer_id: str
    currency: str
    lines: tuple[OrderLine, ...]
    address: Address | None
    snapshot_id: str


@dataclass(frozen=True, slots=True)
class AgreedPrice:
    """The price of a snapshot that the buyer agreed to.

    `total` = `goods` + `delivery_fee` + `other_charges`, exactly; no `other_charges` are none. `lines` are
    those of the snapshot, empty for the draft's own. `line_goods` is each line's part of the goods.
    """

    snapshot_id: str
    goods: Money
    delivery_fee: Money
    total: Money
    other_charges: Money | None = None
    lines: tuple[OrderLine, ...] = ()
    line_goods: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        other = self.other_charges or Money.zero(self.total.currency)
        if self.goods + self.delivery_fee + other != self.total or self.total.amount < 0:
            raise InvalidValueError(field="total", rule="goods plus charges, not negative")


def draft_order(wish: Wish, at: datetime) -> OrderDrafted:
    """Accept a wish. Raises `EmptyOrderError`, `MixedCurrenciesError`, `InvalidValueError`."""
    _check_lines(wish.lines, wish.currency)
    return OrderDrafted(
        order_id=wish.order_id,
        number=wish.number,
        buyer_id=wish.buyer_id,
        currency=wish.currency,
        lines=wish.lines,
        address=wish.address,
        snapshot_id=wish.snapshot_id,
        drafted_at=at,
    )


def create_order(order: Order, price: AgreedPrice, payment_deadline: datetime, at: datetime) -> OrderCreated:
    """Agree on the price. Only a draft order can be created (requirement A10), and not an empty one (A25).

    Raises `InvalidValueError` when the price is one of other goods, or its parts do not sum up.
    """
    check_transition(order.status, OrderStatus.CREATED)
    if not order.lines:
        raise EmptyOrderError
    if price.total.currency != order.currency:
        raise MixedCurrenciesError(expected=order.currency, actual=price.total.currency)
    lines = price.lines or order.lines
    _check_lines(lines, order.currency)
    if _wanted(lines) != _wanted(order.lines):
        raise InvalidValueError(field="lines", rule="the goods of the draft")
    if not is_spread(price.line_goods, price.goods, lines):
        raise InvalidValueError(field="line_goods", rule="one for each line, summing to the goods")
    return OrderCreated(
        snapshot_id=price.snapshot_id,
        goods=price.goods,
        delivery_fee=price.delivery_fee,
        total=price.total,
        payment_deadline=payment_deadline,
        other_charges=price.other_charges or Money.zero(order.currency),
        lines=lines,
        line_goods=price.line_goods,
        created_at=at,
    )


def _wanted(lines: Sequence[OrderLine]) -> list[tuple[str, int]]:
    return [(line.sku, line.quantity) for line in lines]


def _check_lines(lines: Sequence[OrderLine], currency: str) -> None:
    if not lines:
        raise EmptyOrderError
    if len(lines) > MOST_LINES:
        raise InvalidValueError(field="lines", rule=f"at most {MOST_LINES}")
    for line in lines:
        if line.unit_price.currency != currency:
            raise MixedCurrenciesError(expected=currency, actual=line.unit_price.currency)
