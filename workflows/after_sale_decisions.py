"""What requests after the sale mean for an order, as pure decisions. Validators and handlers ask the same."""

from __future__ import annotations

from datetime import datetime

from temporalio.exceptions import ApplicationError

from domain.errors import InvalidValueError
from domain.money import Money
from domain.order import after_sale, pay, refund
from domain.order.events import OrderEvent
from domain.order.order import Order
from domain.order.refund_policy import RefundPolicy
from domain.order.seen import if_seen
from domain.stock.allocation import named
from workflows.contracts import (
    DecideReturn,
    LinkExchange,
    ReceiveReturn,
    RequestRefund,
    RequestReturn,
    SettleReview,
)


def known(order: Order | None) -> Order:
    """The order. Refuses with `order_not_started` when nothing has happened to it yet."""
    if order is None:
        raise ApplicationError("no events", type="order_not_started", non_retryable=True)
    return order


def requested(order: Order, command: RequestReturn, at: datetime) -> tuple[OrderEvent, ...]:
    """Units that the buyer does not want to keep."""
    return if_seen(
        order,
        command.expected_version,
        lambda: after_sale.request_return(
            order, command.return_id, command.units, command.reason, command.exchange, command.by, at
        ),
    )


def decided(
    order: Order,
    command: DecideReturn,
    policy: RefundPolicy,
    at: datetime,
    claw_back: Money | None = None,
) -> tuple[OrderEvent, ...]:
    """The merchant's word."""
    return if_seen(
        order,
        command.expected_version,
        lambda: after_sale.decide_return(
            order,
            command.return_id,
            command.approved,
            command.goods_back,
            command.by,
            command.comment,
            policy,
            at,
            claw_back,
        ),
    )


def received(
    order: Order,
    command: ReceiveReturn,
    policy: RefundPolicy,
    at: datetime,
    claw_back: Money | None = None,
) -> tuple[OrderEvent, ...]:
    """What came back and was accepted. Raises `InvalidValueError` without a warehouse that has it."""
    named(command.warehouse_id)
    return if_seen(
        order,
        command.expected_version,
        lambda: after_sale.receive_return(
            order, command.return_id, command.units, command.restock, command.by, policy, at, claw_back
        ),
    )


def refunded(
    order: Order,
    command: RequestRefund,
    policy: RefundPolicy,
    at: datetime,
    claw_back: Money | None = None,
) -> tuple[OrderEvent, ...]:
    """Units, an amount, or all that is left. Raises `InvalidValueError` for units and an amount at once."""
    if command.units and command.amount is not None:
        raise InvalidValueError(field="amount", rule="either units or an amount")
    return if_seen(order, command.expected_version, lambda: _refunded(order, command, policy, at, claw_back))


def _refunded(
    order: Order, command: RequestRefund, policy: RefundPolicy, at: datetime, claw_back: Money | None
) -> tuple[OrderEvent, ...]:
    cause, reason = command.refund_id, command.reason
    if command.units:
        return refund.refund_units(order, cause, command.units, reason, policy, at, claw_back)
    if command.amount is not None:
        return refund.refund_amount(order, cause, command.amount, reason, at)
    return refund.refund_rest(order, cause, reason, at)


def refund_of(order: Order, cause: str) -> str:
    """The key of the refund with that cause; the cause itself when no money had to go back."""
    return next((each.key for each in order.refunds if each.cause == cause), cause)


def clawed_back(order: Order) -> Money:
    """What refunds of units were lessened by so far, because of what the buyer keeps."""
    lessened = sum(
        sum(units.amount for units in each.units) - each.amount.amount for each in order.refunds if each.units
    )
    return Money(max(0, lessened), order.currency)


def linked(order: Order, command: LinkExchange, at: datetime) -> tuple[OrderEvent, ...]:
    """The order that replaces what came back."""
    return if_seen(
        order,
        command.expected_version,
        lambda: after_sale.link_exchange(order, command.return_id, command.new_order_id, at),
    )


def settled(order: Order, command: SettleReview, at: datetime) -> tuple[OrderEvent, ...]:
    """A person's decision on money."""
    return if_seen(
        order,
        command.expected_version,
        lambda: pay.settle_review(order, command.payment_key, command.decision, command.by, at),
    )
