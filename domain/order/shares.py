"""What of an order belongs to each merchant that sells in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.money import Money
from domain.order.order import Order


@dataclass(frozen=True, slots=True)
class MerchantShare:
    """How many lines a merchant has in an order, and its part of the order's goods."""

    lines: int
    goods: Money


def merchant_shares(order: Order) -> Mapping[str, MerchantShare]:
    """Each merchant's share, in order of the lines; the goods add up to those of the order, exactly.

    Where each line's part is not known, as in orders of before promotions, the agreed goods are divided by
    what the lines cost, and by quantity if all of them cost nothing.
    """
    counts: dict[str, int] = dict.fromkeys(order.merchants, 0)
    for line in order.lines:
        counts[line.merchant_id] += 1
    goods = _known_parts(order) if order.line_goods else _divided(order)
    return {merchant: MerchantShare(count, goods[merchant]) for merchant, count in counts.items()}


def _known_parts(order: Order) -> dict[str, Money]:
    parts = dict.fromkeys(order.merchants, Money.zero(order.currency))
    for line, part in zip(order.lines, order.line_goods, strict=True):
        parts[line.merchant_id] += Money(part, order.currency)
    return parts


def _divided(order: Order) -> dict[str, Money]:
    priced = any(line.amount.amount for line in order.lines)
    weights = dict.fromkeys(order.merchants, 0)
    for line in order.lines:
        weights[line.merchant_id] += line.amount.amount if priced else line.quantity
    return dict(zip(weights, order.goods.allocate(list(weights.values())), strict=True))
