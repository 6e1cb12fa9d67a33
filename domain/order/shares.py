"""What of an order belongs to each merchant that sells in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.money import Money, largest_remainder

if TYPE_CHECKING:
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
    goods = dict.fromkeys(order.merchants, Money.zero(order.currency))
    for line, part in zip(order.lines, line_goods(order), strict=True):
        counts[line.merchant_id] += 1
        goods[line.merchant_id] += Money(part, order.currency)
    return {merchant: MerchantShare(count, goods[merchant]) for merchant, count in counts.items()}


def line_goods(order: Order) -> tuple[int, ...]:
    """What each line's goods cost, in minor units; they sum to the order's goods, exactly.

    Where it is not known, the agreed goods are divided among merchants first, and then among their lines.
    """
    if order.line_goods or not order.lines:
        return order.line_goods
    weights = _weights(order)
    merchants = dict.fromkeys(order.merchants, 0)
    for line, weight in zip(order.lines, weights, strict=True):
        merchants[line.merchant_id] += weight
    shares = dict(
        zip(merchants, largest_remainder(order.goods.amount, list(merchants.values())), strict=True)
    )
    parts = [0] * len(order.lines)
    for merchant, share in shares.items():
        mine = [index for index, line in enumerate(order.lines) if line.merchant_id == merchant]
        divided = largest_remainder(share, [weights[index] for index in mine])
        for index, part in zip(mine, divided, strict=True):
            parts[index] = part
    return tuple(parts)


def _weights(order: Order) -> list[int]:
    priced = any(line.amount.amount for line in order.lines)
    return [line.amount.amount if priced else line.quantity for line in order.lines]
