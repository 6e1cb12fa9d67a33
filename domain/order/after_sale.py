"""Returns: what a buyer asks to give back, what the merchant says, and the money that follows.

Also after the order is completed. Stock and parcels are not moved here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.errors import InvalidStateTransitionError, InvalidValueError
from domain.money import Money
from domain.order.after_sale_events import (
    ExchangeOrdered,
    ReturnApproved,
    ReturnReceived,
    ReturnRejected,
    ReturnRequested,
)
from domain.order.counts import as_units, counted, kept_after, returnable
from domain.order.errors import ReturnClosedError, ReturnNotFoundError
from domain.order.events import OrderEvent
from domain.order.order import Order
from domain.order.refund import check_units, refund_returned
from domain.order.refund_policy import RefundPolicy
from domain.order.returns import ReturnCase, ReturnReason, ReturnStatus
from domain.order.shipments import Units
from domain.order.status import AfterSaleStatus, OrderStatus

__all__ = [
    "decide_return",
    "expire_return",
    "kept_after",
    "link_exchange",
    "receive_return",
    "request_return",
    "returnable",
]

NOT_RECEIVED = "not_received"


def request_return(  # noqa: PLR0917 - what a buyer says, in one call
    order: Order,
    return_id: str,
    units: Sequence[Units],
    reason: ReturnReason,
    exchange: bool,  # noqa: FBT001 - as the buyer says it
    by: str,
    at: datetime,
) -> tuple[OrderEvent, ...]:
    """Ask to give delivered units back. Nothing when this return is known.

    Raises `InvalidStateTransitionError` before delivery, after the end and while the money is not taken yet,
    `NotReturnableError` for units that the buyer does not have.
    """
    if order.return_case(return_id):
        return ()
    if order.status not in {OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.COMPLETED}:
        raise InvalidStateTransitionError(current=order.status.value, wanted=AfterSaleStatus.REQUESTED.value)
    if order.authorisation:
        raise InvalidStateTransitionError(
            current=order.payment_status.value, wanted=AfterSaleStatus.REQUESTED.value
        )
    check_units(order, units, returnable(order))
    return (
        ReturnRequested(
            return_id=return_id,
            units=as_units(counted(units)),
            reason=reason,
            exchange=exchange,
            by=by,
            requested_at=at,
        ),
    )


def decide_return(  # noqa: PLR0917 - what a merchant says, in one call
    order: Order,
    return_id: str,
    approved: bool,  # noqa: FBT001 - as the merchant says it
    goods_back: bool,  # noqa: FBT001 - as the merchant says it
    by: str,
    comment: str,
    policy: RefundPolicy,
    at: datetime,
    claw_back: Money | None = None,
) -> tuple[OrderEvent, ...]:
    """Agree to a return or not. Without `goods_back` its money goes back at once. Nothing when repeated.

    Raises `ReturnNotFoundError`, and `ReturnClosedError` when it was decided otherwise.
    """
    case = _case(order, return_id)
    if case.status is not ReturnStatus.REQUESTED:
        rejected = case.status is ReturnStatus.REJECTED
        if rejected == approved or (approved and case.goods_back != goods_back):
            raise ReturnClosedError(order_id=order.id, return_id=return_id, status=case.status.value)
        return ()
    if not approved:
        return (ReturnRejected(return_id=return_id, by=by, comment=comment, rejected_at=at),)
    agreed = ReturnApproved(
        return_id=return_id, goods_back=goods_back, by=by, comment=comment, approved_at=at
    )
    if goods_back:
        return (agreed,)
    return (agreed, *refund_returned(order.apply(agreed), return_id, case.units, policy, at, claw_back))


def receive_return(  # noqa: PLR0917 - what a warehouse says, in one call
    order: Order,
    return_id: str,
    units: Sequence[Units],
    restock: bool,  # noqa: FBT001 - as the warehouse says it
    by: str,
    policy: RefundPolicy,
    at: datetime,
    claw_back: Money | None = None,
) -> tuple[OrderEvent, ...]:
    """Goods are back, and what was accepted of them is paid back. Nothing when that is known.

    Raises `ReturnNotFoundError`, `NotReturnableError` for more than was to come back, `ReturnClosedError`
    unless it was approved and is waited for, or when other units were received before.
    """
    case = _case(order, return_id)
    accepted = as_units(counted(units))
    if case.received and case.received == accepted:
        return ()
    if case.status is not ReturnStatus.APPROVED or not case.goods_back:
        raise ReturnClosedError(order_id=order.id, return_id=return_id, status=case.status.value)
    check_units(order, units, case.units)
    received = ReturnReceived(return_id=return_id, units=accepted, restock=restock, by=by, received_at=at)
    back = refund_returned(order.apply(received), return_id, accepted, policy, at, claw_back)
    return (received, *back)


def expire_return(order: Order, return_id: str, at: datetime) -> tuple[OrderEvent, ...]:
    """What was promised back never came, so the buyer keeps it. Nothing unless it is waited for.

    Raises `ReturnNotFoundError`.
    """
    case = _case(order, return_id)
    if case.status is not ReturnStatus.APPROVED or not case.goods_back:
        return ()
    return (ReturnRejected(return_id=return_id, by="system", comment=NOT_RECEIVED, rejected_at=at),)


def link_exchange(order: Order, return_id: str, new_order_id: str, at: datetime) -> tuple[OrderEvent, ...]:
    """What the buyer gets instead is a new order. Nothing when that is known.

    Raises `ReturnNotFoundError`, `InvalidValueError` for a return that asked for no exchange, and
    `ReturnClosedError` when another order was linked or the return was rejected.
    """
    case = _case(order, return_id)
    if not case.exchange:
        raise InvalidValueError(field="return_id", rule="a return that asked for an exchange")
    if case.new_order_id == new_order_id:
        return ()
    if case.new_order_id or case.status is ReturnStatus.REJECTED:
        raise ReturnClosedError(order_id=order.id, return_id=return_id, status=case.status.value)
    return (ExchangeOrdered(return_id=return_id, order_id=new_order_id, ordered_at=at),)


def _case(order: Order, return_id: str) -> ReturnCase:
    case = order.return_case(return_id)
    if case is None:
        raise ReturnNotFoundError(order_id=order.id, return_id=return_id)
    return case
