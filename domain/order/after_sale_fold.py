"""Folds events about returns into an order. Deciding on a return is `domain.order.after_sale`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, assert_never

from domain.order.after_sale_events import (
    AfterSaleEvent,
    ExchangeOrdered,
    ReturnApproved,
    ReturnReceived,
    ReturnRejected,
    ReturnRequested,
)
from domain.order.errors import must
from domain.order.returns import ReturnCase, ReturnStatus
from domain.order.shipments import Units
from domain.order.status import AfterSaleStatus, FulfilmentStatus
from domain.replacing import replace

if TYPE_CHECKING:
    from domain.order.order import Order

_SHOWN = {
    ReturnStatus.REQUESTED: AfterSaleStatus.REQUESTED,
    ReturnStatus.APPROVED: AfterSaleStatus.APPROVED,
    ReturnStatus.RECEIVED: AfterSaleStatus.APPROVED,
    ReturnStatus.REJECTED: AfterSaleStatus.REJECTED,
    ReturnStatus.REFUNDED: AfterSaleStatus.DONE,
}


def after_complaint(order: Order, event: AfterSaleEvent) -> Order:
    """The order after `event`. Raises a `DomainError` when it cannot follow (requirement A4)."""
    match event:
        case ReturnRequested():
            fresh = order.return_case(event.return_id) is None
            must(fresh and bool(event.units), event, order.status)
            case = ReturnCase(event.return_id, event.units, event.reason, event.exchange)
            return _shown(replace(order, returns=(*order.returns, case)))
        case ReturnApproved():
            return _approved(order, event)
        case ReturnRejected():
            case = _in(order, event, ReturnStatus.REQUESTED, ReturnStatus.APPROVED)
            return with_case(order, replace(case, status=ReturnStatus.REJECTED))
        case ReturnReceived():
            return _received(order, event)
        case ExchangeOrdered():
            case = _in(order, event, *ReturnStatus)
            must(case.exchange and not case.new_order_id, event, order.status)
            return with_case(order, replace(case, new_order_id=event.order_id))
        case _:
            assert_never(event)


def with_case(order: Order, changed: ReturnCase) -> Order:
    """The order with one return changed, and what is shown of all of them."""
    cases = tuple(changed if known.id == changed.id else known for known in order.returns)
    return _shown(replace(order, returns=cases))


def _approved(order: Order, event: ReturnApproved) -> Order:
    case = _in(order, event, ReturnStatus.REQUESTED)
    approved = replace(case, status=ReturnStatus.APPROVED, goods_back=event.goods_back)
    return with_case(order, approved if event.goods_back else _paid_back_if_free(order, approved))


def _received(order: Order, event: ReturnReceived) -> Order:
    case = _in(order, event, ReturnStatus.APPROVED)
    must(case.goods_back and bool(event.units), event, order.status)
    received = replace(case, status=ReturnStatus.RECEIVED, received=event.units)
    after = with_case(order, _paid_back_if_free(order, received))
    all_back = order.fulfilment_status is FulfilmentStatus.DELIVERED and _everything_is_back(after)
    return replace(after, fulfilment_status=FulfilmentStatus.RETURNED) if all_back else after


def _paid_back_if_free(order: Order, case: ReturnCase) -> ReturnCase:
    # Nobody has paid, so there is nothing to wait for: the money was never taken.
    return case if order.payment else replace(case, status=ReturnStatus.REFUNDED)


def _everything_is_back(order: Order) -> bool:
    there = [units for shipment in order.live_shipments for units in shipment.plan.units]
    if not order.shipments:
        there = [Units(number, line.quantity) for number, line in enumerate(order.lines, start=1)]
    return _count(units for case in order.returns for units in case.received) == _count(there)


def _count(units: Iterable[Units]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for each in units:
        counts[each.line] += each.quantity
    return counts


def _in(order: Order, event: AfterSaleEvent, *statuses: ReturnStatus) -> ReturnCase:
    case = order.return_case(event.return_id)
    must(case is not None and case.status in statuses, event, order.status)
    assert case is not None
    return case


def _shown(order: Order) -> Order:
    waiting = [case for case in order.returns if case.is_open]
    newest = (waiting or order.returns)[-1]
    return replace(order, after_sale_status=_SHOWN[newest.status])
