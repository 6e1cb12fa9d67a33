"""A checked price as an order keeps it, and as people read it. It decides nothing."""

from __future__ import annotations

from activities.contracts import SnapshotChecked
from domain.money import Money
from domain.order.order import Order
from domain.order.place import AgreedPrice
from workflows.amounts import amount_of, sum_of
from workflows.contracts import ShownPrice, ShownStep


def agreed_price(checked: SnapshotChecked) -> AgreedPrice:
    """The price of a check that was not refused, as an order keeps it."""
    charges = known(checked.charges)
    # A check of before promotions names all charges in one.
    delivery_fee = charges if checked.delivery_fee is None else checked.delivery_fee
    return AgreedPrice(
        snapshot_id=checked.snapshot_id,
        goods=known(checked.goods),
        delivery_fee=delivery_fee,
        total=known(checked.total),
        other_charges=charges - delivery_fee,
        lines=checked.lines,
        line_goods=checked.line_goods,
    )


def shown_price(checked: SnapshotChecked) -> ShownPrice:
    """The same for people, step by step."""
    price = agreed_price(checked)
    currency, amounts = price.total.currency, [amount for _, amount in checked.steps]
    steps = (ShownStep(label, amount_of(Money(amount, currency))) for label, amount in checked.steps)
    return ShownPrice(
        goods=amount_of(price.goods),
        delivery_fee=amount_of(price.delivery_fee),
        other_charges=amount_of(price.other_charges or Money.zero(currency)),
        total=amount_of(price.total),
        text=sum_of(amounts, currency) if amounts else "",
        steps=tuple(steps),
    )


def kept_price(order: Order) -> ShownPrice:
    """The price that an order has kept, without the steps that made it."""
    return ShownPrice(
        goods=amount_of(order.goods),
        delivery_fee=amount_of(order.delivery_fee),
        other_charges=amount_of(order.other_charges),
        total=amount_of(order.total),
    )


def known(money: Money | None) -> Money:
    """An amount that only a refusal comes without."""
    assert money is not None
    return money
