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

    The agreed goods are divided by what the lines cost when they were written down, and by quantity if all
    of them cost nothing: the price may have changed since, or a discount may belong to the whole order.
    """
    priced = any(line.amount.amount for line in order.lines)
    lines: dict[str, int] = dict.fromkeys(order.merchants, 0)
    weights: dict[str, int] = dict(lines)
    for line in order.lines:
        lines[line.merchant_id] += 1
        weights[line.merchant_id] += line.amount.amount if priced else line.quantity
    parts = zip(lines.items(), order.goods.allocate(list(weights.values())), strict=True)
    return {merchant: MerchantShare(count, goods) for (merchant, count), goods in parts}
